using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Identity;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Retrieval;

/// <summary>What to look for, and where. Null or empty filters leave nothing out.</summary>
public sealed record RetrievalQuery(string Text)
{
    /// <summary>UTF-16 code units. What is longer is cut here; the search endpoint refuses it instead.</summary>
    public const int MaxLength = 2_000;

    public const int MaxLimit = 50;

    public const int DefaultLimit = 8;

    /// <summary>Of each kind of filter: more are a mistake, or an attempt on the database.</summary>
    public const int MaxFilterValues = 1_000;

    public IReadOnlyList<CollectionId>? Collections { get; init; }

    public IReadOnlyList<DocumentId>? Documents { get; init; }

    /// <summary>Media types as documents carry them, such as <c>application/pdf</c>.</summary>
    public IReadOnlyList<string>? ContentTypes { get; init; }

    /// <summary>Documents that came at this time or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Documents that came before this time.</summary>
    public DateTimeOffset? CreatedTo { get; init; }

    /// <summary>Documents whose name begins so, in any case.</summary>
    public string? NamePrefix { get; init; }

    /// <summary>Passages come with what stands around them, within this; null for the passages alone.</summary>
    public ContextBudget? Expand { get; init; }

    /// <summary>1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>What was said before, oldest first: a follow-up is understood by it.</summary>
    public IReadOnlyList<Turn>? History { get; init; }

    /// <summary>The chat model that will answer; it may rewrite the question too.</summary>
    public string? Model { get; init; }

    /// <summary>Who asks; calls of models are filed under it.</summary>
    public UserId? User { get; init; }

    /// <summary>Where the caller has planned already; null plans here.</summary>
    public QueryPlan? Plan { get; init; }

    /// <summary>The share of meaning in the fused score, 0 to 1; null leaves it to the embedding space.</summary>
    public double? Weight { get; init; }

    /// <summary>The least <see cref="Passage.Relevance"/> that a passage needs, 0 to 1.</summary>
    public double Floor { get; init; }

    /// <summary>False leaves the reranker out, where one is configured.</summary>
    public bool Reranks { get; init; } = true;

    /// <summary>Who asks, for the query records; null keeps no record.</summary>
    public QueryOrigin? Origin { get; init; }

    /// <summary>On whose behalf models are called for it.</summary>
    internal GatewayCaller Caller(TenantId tenant, string feature) =>
        new(tenant, User ?? default, Key: null) { Feature = feature, Conversation = Origin?.Conversation?.ToString(), Run = Origin?.Run };
}
