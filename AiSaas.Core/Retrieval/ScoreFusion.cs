namespace AiSaas.Core.Retrieval;

/// <summary>One score out of two: each is stretched over 0 to 1, from what means nothing to the best of the question's candidates.</summary>
/// <remarks>Ranks instead of scores would throw away how much better the best is, and let a weak embedder outvote exact words.</remarks>
internal static class ScoreFusion
{
    /// <param name="candidates">All of one question.</param>
    /// <param name="space">Whose vectors they were compared by; null where words alone were.</param>
    /// <returns>Best first, without what has neither a word nor enough meaning in common. Equal scores keep a stable order, by id.</returns>
    public static List<(Candidate Candidate, double Score)> Rank(IReadOnlyCollection<Candidate> candidates, EmbeddingSpace? space)
    {
        double mostLexical = candidates.Select(candidate => candidate.Lexical + candidate.Proximity).DefaultIfEmpty().Max();
        var cosines = candidates.Where(candidate => candidate.Cosine is not null).Select(candidate => candidate.Cosine!.Value).ToList();
        // Zero BM25 means that no word fits. Zero cosine means nothing in many models: there the space knows better, or the candidates.
        double least = space?.Unrelated ?? (cosines.Count > 0 ? cosines.Min() : 0);
        double range = cosines.Count > 0 ? cosines.Max() - least : 0;
        double weight = space is null || cosines.Count == 0 ? 0 : space.Weight;
        return [.. candidates
            .Where(candidate => candidate.Lexical > 0 || candidate.Cosine >= (space?.Related ?? double.NegativeInfinity))
            .Select(candidate => (candidate, Score: ((1 - weight) * Lexical(candidate)) + (weight * Vector(candidate))))
            .OrderByDescending(ranked => ranked.Score)
            .ThenBy(ranked => ranked.candidate.Id.Value)];

        double Lexical(Candidate candidate) => mostLexical > 0 ? (candidate.Lexical + candidate.Proximity) / mostLexical : 0;

        // All alike, or none better than unrelated, distinguishes nothing.
        double Vector(Candidate candidate) =>
            candidate.Cosine is { } cosine && range > 0 ? Math.Max(0, (cosine - least) / range) : 0;
    }
}
