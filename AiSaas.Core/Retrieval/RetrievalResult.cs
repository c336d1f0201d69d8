using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Retrieval.Reranking;

namespace AiSaas.Core.Retrieval;

/// <param name="Passages">Best first, near-duplicates thinned. Empty where nothing is relevant, which is an answer.</param>
/// <param name="Space">The embedding space that was searched; null where only words were.</param>
/// <param name="Degraded">Why only words were searched, for people; null where vectors took part.</param>
public sealed record RetrievalResult(IReadOnlyList<Passage> Passages, RetrievalTimings Timings, string? Space, string? Degraded)
{
    /// <summary>All spaces that were searched: two while the workspace moves from one to the other.</summary>
    public IReadOnlyList<string> Spaces { get; init; } = [];

    /// <summary>What was searched for; null for an empty question.</summary>
    public QueryPlan? Plan { get; init; }

    /// <summary>Null where no reranker is configured, or there was nothing to order.</summary>
    public RerankReport? Rerank { get; init; }
}

/// <summary>Milliseconds by stage.</summary>
/// <param name="FusionMs">Weighing the scores and reading the texts.</param>
public sealed record RetrievalTimings(double EmbedMs, double LexicalMs, double VectorMs, double FusionMs, double TotalMs)
{
    /// <summary>Asking a model what to search for.</summary>
    public double PlanMs { get; init; }

    public double RerankMs { get; init; }
}
