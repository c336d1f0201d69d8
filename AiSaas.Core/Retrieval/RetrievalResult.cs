namespace AiSaas.Core.Retrieval;

/// <param name="Passages">Best first, near-duplicates thinned. Empty where nothing is relevant, which is an answer.</param>
/// <param name="Space">The embedding space that was searched; null where only words were.</param>
/// <param name="Degraded">Why only words were searched, for people; null where vectors took part.</param>
public sealed record RetrievalResult(IReadOnlyList<Passage> Passages, RetrievalTimings Timings, string? Space, string? Degraded);

/// <summary>Milliseconds by stage.</summary>
/// <param name="FusionMs">Weighing the scores and reading the texts.</param>
public sealed record RetrievalTimings(double EmbedMs, double LexicalMs, double VectorMs, double FusionMs, double TotalMs);
