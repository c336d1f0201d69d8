namespace AiSaas.Core.Retrieval;

/// <summary>One score out of two: each is stretched over 0 to 1 among the question's candidates, then they are weighed.</summary>
/// <remarks>Ranks instead of scores would throw away how much better the best is, and let a weak embedder outvote exact words.</remarks>
internal static class ScoreFusion
{
    /// <param name="candidates">All of one question.</param>
    /// <param name="vectorWeight">0: words only, 1: vectors only.</param>
    /// <returns>Best first. Equal scores keep a stable order, by id.</returns>
    public static List<(Candidate Candidate, double Score)> Rank(IReadOnlyCollection<Candidate> candidates, double vectorWeight)
    {
        // BM25 is measured from zero, since zero means something: no word fits.
        double mostLexical = candidates.Select(candidate => candidate.Lexical).DefaultIfEmpty().Max();
        var cosines = candidates.Where(candidate => candidate.Cosine is not null).Select(candidate => candidate.Cosine!.Value).ToList();
        double least = cosines.Count > 0 ? cosines.Min() : 0;
        double range = cosines.Count > 0 ? cosines.Max() - least : 0;
        return [.. candidates
            .Select(candidate => (candidate, Score: Fuse(candidate)))
            .OrderByDescending(ranked => ranked.Score)
            .ThenBy(ranked => ranked.candidate.Id.Value)];

        double Fuse(Candidate candidate)
        {
            double lexical = mostLexical > 0 ? candidate.Lexical / mostLexical : 0;
            if (cosines.Count == 0)
            {
                return lexical;
            }

            // A lone vector, or all the same, distinguishes nothing.
            double vector = candidate.Cosine is { } cosine && range > 0 ? (cosine - least) / range : 0;
            return ((1 - vectorWeight) * lexical) + (vectorWeight * vector);
        }
    }
}
