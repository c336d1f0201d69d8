namespace AiSaas.Core.Retrieval;

/// <summary>How much a passage has to do with a question, comparable between questions.</summary>
/// <remarks>Fused scores are stretched to each question's own best, so a floor on them would always let the best pass.</remarks>
internal static class Relevance
{
    /// <returns>0 to 1: the share of the question's words by weight, or the cosine above what unrelated texts have, whichever is more.</returns>
    public static double Of(Candidate candidate, EmbeddingSpace? space)
    {
        double unrelated = space?.Unrelated ?? 0;
        double meaning = candidate.Cosine is { } cosine && unrelated < 1 ? Math.Clamp((cosine - unrelated) / (1 - unrelated), 0, 1) : 0;
        return Math.Max(Math.Clamp(candidate.Coverage, 0, 1), meaning);
    }
}
