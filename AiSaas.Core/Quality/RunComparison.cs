using AiSaas.Contracts.Quality;

namespace AiSaas.Core.Quality;

/// <summary>One run beside another: which questions got worse, and whether the whole did.</summary>
internal static class RunComparison
{
    private const double Alike = 1e-9;

    public static EvaluationReport Report(
        EvaluationRun run, EvaluationRun? against, IReadOnlyCollection<ScoredQuestion> scores, IReadOnlyCollection<ScoredQuestion> others)
    {
        var before = others.Where(one => one.Skipped is null).ToDictionary(one => (one.Id, one.Version));
        QuestionResult[] rows =
        [
            .. scores.Select(one => Row(one, before.GetValueOrDefault((one.Id, one.Version))))
                .OrderBy(row => row.Skipped is not null)
                .ThenBy(row => row.Before is { } was ? row.Ndcg - was : 0)
                .ThenBy(row => row.Ndcg).ThenBy(row => row.QuestionId),
        ];
        (ScoredQuestion Before, ScoredQuestion After)[] pairs =
        [
            .. scores.Where(one => one.Skipped is null && before.ContainsKey((one.Id, one.Version))).Select(one => (before[(one.Id, one.Version)], one)),
        ];
        if (against is null || pairs.Length == 0)
        {
            return new(run, against, null, rows);
        }

        double[] ndcg = [.. pairs.Select(pair => pair.After.Figures.Ndcg - pair.Before.Figures.Ndcg)];
        double[] recall = [.. pairs.Select(pair => pair.After.Figures.Recall - pair.Before.Figures.Recall)];
        EvaluationDifference difference = new(
            pairs.Length, ndcg.Count(change => change < -Alike), ndcg.Count(change => change > Alike),
            ndcg.Average(), Spread.OfMean(ndcg), recall.Average(), Spread.OfMean(recall));
        return new(run, against, difference, rows);
    }

    private static QuestionResult Row(ScoredQuestion one, ScoredQuestion? before) => new(
        one.Id.Value, one.Question, one.Skipped, one.Expected, one.Figures.Found, one.Figures.FirstRank, one.Figures.Ndcg, one.Figures.Recall,
        one.Figures.ReciprocalRank, one.Citations, one.Verified, one.CitesExpected, one.LatencyMs, before?.Figures.Ndcg, before?.Figures.FirstRank);
}
