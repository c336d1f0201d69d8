using AiSaas.Contracts.Quality;

namespace AiSaas.Core.Quality;

/// <summary>A question's row in a run.</summary>
/// <param name="Citations">Of the answer; null where nobody answered.</param>
/// <param name="Verified">Citations whose words stand in what they cite.</param>
/// <param name="Skipped">Why it has no figures; null where it has.</param>
public sealed record ScoredQuestion(
    GoldenQuestionId Id, int Version, string Question, string? Skipped, int Expected, QuestionFigures Figures, int? Citations, int? Verified,
    bool? CitesExpected, double LatencyMs)
{
    /// <summary>Null where the answer cites nothing.</summary>
    public double? CitationAccuracy => Citations is > 0 and var count ? (double)Verified!.Value / count : null;
}

/// <summary>A run's figures out of its questions'.</summary>
public static class RunFigures
{
    /// <returns>Null where no question has figures.</returns>
    public static EvaluationFigures? Of(IReadOnlyCollection<ScoredQuestion> all, int limit)
    {
        ScoredQuestion[] scored = [.. all.Where(one => one.Skipped is null)];
        if (scored.Length == 0)
        {
            return null;
        }

        double[] ndcg = [.. scored.Select(one => one.Figures.Ndcg)];
        double[] recall = [.. scored.Select(one => one.Figures.Recall)];
        ScoredQuestion[] answered = [.. scored.Where(one => one.Citations is not null)];
        double[] latencies = [.. scored.Select(one => one.LatencyMs)];
        return new(
            ndcg.Average(), Spread.OfMean(ndcg), recall.Average(), Spread.OfMean(recall), scored.Average(one => one.Figures.RecallAtLimit), limit,
            scored.Average(one => one.Figures.ReciprocalRank), Accuracy(answered),
            answered.Length > 0 ? answered.Average(one => one.CitesExpected == true ? 1.0 : 0) : null,
            Spread.Percentile(latencies, 0.5), Spread.Percentile(latencies, 0.95));
    }

    /// <summary>Over all citations together, so that an answer with one counts less than one with five.</summary>
    internal static double? Accuracy(IReadOnlyCollection<ScoredQuestion> answered)
    {
        int citations = answered.Sum(one => one.Citations ?? 0);
        return citations > 0 ? (double)answered.Sum(one => one.Verified ?? 0) / citations : null;
    }
}
