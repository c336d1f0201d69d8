using AiSaas.Core.Documents;

namespace AiSaas.Core.Retrieval;

/// <summary>One ranking out of several: of the spaces that a workspace is searched in while it moves, and of several phrasings of a question.</summary>
internal static class SpaceFusion
{
    /// <param name="runs">The rankings of one phrasing, the space that the workspace moves to last.</param>
    /// <returns>A passage has its score by the last space that it has a vector in: it is there already.</returns>
    public static List<RankedCandidate> OfSpaces(IReadOnlyList<(EmbeddingSpace? Space, List<(Candidate Candidate, double Score)> Ranked)> runs)
    {
        Dictionary<ChunkId, RankedCandidate> best = [];
        foreach (var (space, ranked) in runs)
        {
            foreach (var (candidate, score) in ranked)
            {
                if (candidate.Cosine is not null || !best.ContainsKey(candidate.Id))
                {
                    best[candidate.Id] = new(candidate, score, space);
                }
            }
        }

        return Ordered(best.Values);
    }

    /// <returns>A passage has its best score under any of the phrasings.</returns>
    public static List<RankedCandidate> OfPhrasings(IReadOnlyList<List<RankedCandidate>> phrasings)
    {
        if (phrasings is [var only])
        {
            return only;
        }

        Dictionary<ChunkId, RankedCandidate> best = [];
        foreach (var ranked in phrasings.SelectMany(ranked => ranked))
        {
            if (!best.TryGetValue(ranked.Candidate.Id, out var known) || known.Score < ranked.Score)
            {
                best[ranked.Candidate.Id] = ranked;
            }
        }

        return Ordered(best.Values);
    }

    private static List<RankedCandidate> Ordered(IEnumerable<RankedCandidate> ranked) =>
        [.. ranked.OrderByDescending(one => one.Score).ThenBy(one => one.Candidate.Id.Value)];
}

/// <param name="Score">Fused, 0 to 1.</param>
/// <param name="Space">What its cosine is of; null where words alone were searched.</param>
internal readonly record struct RankedCandidate(Candidate Candidate, double Score, EmbeddingSpace? Space);
