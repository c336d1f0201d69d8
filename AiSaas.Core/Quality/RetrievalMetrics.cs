namespace AiSaas.Core.Quality;

/// <summary>How well one question's hits meet what is expected. Pure: ranks in, figures out.</summary>
/// <remarks>
/// Relevance is binary and an expectation is met once, by the first hit that holds it: a second passage with the same words gains nothing.
/// <code>
/// DCG@10  = Σ over ranks i ≤ 10 of (expectations first met at i) / log2(i + 1)
/// IDCG@10 = the same, were the expectations met one by one from rank 1
/// nDCG@10 = DCG / IDCG, at most 1 (one hit may meet two at once)
/// </code></remarks>
public static class RetrievalMetrics
{
    /// <summary>Where nDCG, recall and MRR look no further.</summary>
    public const int Depth = 10;

    /// <param name="hits">Best first: the expectations that each hit holds, by number from 0.</param>
    /// <param name="expected">How many expectations there are, at least one.</param>
    /// <param name="limit">How many hits an answer reads.</param>
    public static QuestionFigures Of(IReadOnlyList<IReadOnlyCollection<int>> hits, int expected, int limit)
    {
        ArgumentNullException.ThrowIfNull(hits);
        ArgumentOutOfRangeException.ThrowIfLessThan(expected, 1);
        HashSet<int> met = [];
        double gained = 0;
        int? first = null;
        int withinDepth = 0;
        int withinLimit = 0;
        for (int i = 0; i < Math.Min(hits.Count, Math.Max(Depth, limit)); i++)
        {
            int more = hits[i].Count(met.Add);
            if (i < Depth)
            {
                gained += more * Discount(i + 1);
                first ??= more > 0 ? i + 1 : null;
                withinDepth = met.Count;
            }

            withinLimit = i < limit ? met.Count : withinLimit;
        }

        double ideal = Enumerable.Range(1, Math.Min(expected, Depth)).Sum(Discount);
        return new(
            Math.Min(1, gained / ideal), (double)withinDepth / expected, (double)withinLimit / expected, first is { } rank ? 1.0 / rank : 0,
            first, withinDepth);
    }

    private static double Discount(int rank) => 1 / Math.Log2(rank + 1);
}

/// <param name="Recall">Of <see cref="RetrievalMetrics.Depth"/>.</param>
/// <param name="RecallAtLimit">Of as many as an answer reads.</param>
/// <param name="ReciprocalRank">One over the first right hit's rank; 0 where there is none.</param>
/// <param name="Found">Expectations met.</param>
public readonly record struct QuestionFigures(
    double Ndcg, double Recall, double RecallAtLimit, double ReciprocalRank, int? FirstRank, int Found);
