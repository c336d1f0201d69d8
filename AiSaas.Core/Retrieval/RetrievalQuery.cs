using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval.Records;

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

    /// <summary>1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>The share of meaning in the fused score, 0 to 1; null leaves it to the embedding space.</summary>
    public double? Weight { get; init; }

    /// <summary>The least <see cref="Passage.Relevance"/> that a passage needs, 0 to 1.</summary>
    public double Floor { get; init; }

    /// <summary>Who asks, for the query records; null keeps no record.</summary>
    public QueryOrigin? Origin { get; init; }
}
