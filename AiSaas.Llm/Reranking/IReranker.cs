using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;

namespace AiSaas.Llm.Reranking;

/// <summary>Orders passages by how well they answer a question, better and dearer than vectors do: it reads both together.</summary>
public interface IReranker
{
    /// <summary>What is billed for a ranking, estimated before it is made.</summary>
    long Units(string query, IReadOnlyList<string> texts);

    /// <param name="query">The question.</param>
    /// <param name="texts">The passages, at least one.</param>
    /// <param name="ownKeys">Keys that override the configured ones, by provider.</param>
    /// <param name="cancellation">The caller's, deadline included.</param>
    /// <exception cref="ModelCallException">Nobody answered.</exception>
    Task<Reranking> RankAsync(
        string query, IReadOnlyList<string> texts, IReadOnlyDictionary<string, KeyPool>? ownKeys, CancellationToken cancellation);
}

/// <param name="Scores">One for each text, in the order of the texts; null where the provider left one out. Comparable within one ranking only.</param>
/// <param name="Units">What is billed: tokens, or a provider's searches.</param>
/// <param name="IsEstimated">The provider did not say.</param>
/// <param name="Provider">Who ranked.</param>
public sealed record Reranking(
    IReadOnlyList<double?> Scores, long Units, bool IsEstimated, string Provider, string Model, IReadOnlyList<ModelAttempt> Attempts);
