using System.Globalization;
using AiSaas.Contracts.Quality;

namespace AiSaas.Core.Quality;

/// <summary>Whether a draft may become what searches use: no figure may be worse than the baseline's by more than a tolerance.</summary>
/// <remarks>Both were measured in one job over the same documents, and are compared over the questions that both have in the same version.</remarks>
public static class Gate
{
    public const string Pass = "pass";
    public const string Refused = "refused";
    public const string Unevaluated = "unevaluated";
    public const string Unguarded = "unguarded";

    public static GateInfo Judge(
        EvaluationId run, IReadOnlyCollection<ScoredQuestion> baseline, IReadOnlyCollection<ScoredQuestion> draft, double tolerance)
    {
        var before = baseline.Where(one => one.Skipped is null).ToDictionary(one => (one.Id, one.Version));
        (ScoredQuestion Before, ScoredQuestion After)[] pairs =
        [
            .. draft.Where(one => one.Skipped is null && before.ContainsKey((one.Id, one.Version)))
                .Select(one => (before[(one.Id, one.Version)], one)),
        ];
        if (pairs.Length == 0)
        {
            return new(Unguarded, "None of the golden questions' passages stand in the documents, so nothing guards these settings.", run.Value, tolerance, []);
        }

        List<GateFigure> figures =
        [
            Compare("ndcg", pairs, one => one.Figures.Ndcg),
            Compare("recall", pairs, one => one.Figures.Recall),
            Compare("recallAtLimit", pairs, one => one.Figures.RecallAtLimit),
        ];
        var answered = pairs.Where(pair => pair.Before.Citations is not null && pair.After.Citations is not null).ToArray();
        var cited = answered.Where(pair => pair.Before.CitationAccuracy is not null && pair.After.CitationAccuracy is not null).ToArray();
        if (cited.Length > 0)
        {
            figures.Add(Compare("citationAccuracy", cited, one => one.CitationAccuracy!.Value));
        }

        if (answered.Length > 0)
        {
            // Citing nothing is accurate too: this is what notices.
            figures.Add(Compare("citesExpected", answered, one => one.CitesExpected == true ? 1 : 0));
        }

        GateFigure[] worse = [.. figures.Where(figure => figure.Worse)];
        return worse.Length == 0
            ? new(Pass, "No figure gets worse.", run.Value, tolerance, figures)
            : new(Refused, $"These settings make answers worse: {string.Join(", ", worse.Select(Say))}.", run.Value, tolerance, figures);

        GateFigure Compare(string name, IReadOnlyCollection<(ScoredQuestion Before, ScoredQuestion After)> of, Func<ScoredQuestion, double> value)
        {
            double was = of.Average(pair => value(pair.Before));
            double becomes = of.Average(pair => value(pair.After));
            var change = Spread.OfMean([.. of.Select(pair => value(pair.After) - value(pair.Before))]);
            // A hair's breadth of rounding is no difference.
            return new(name, was, becomes, change.Low, change.High, was - becomes > tolerance + 1e-9);
        }
    }

    /// <summary>A figure's name as people say it.</summary>
    public static string Name(string figure) => figure switch
    {
        "ndcg" => "nDCG@10",
        "recall" => "recall@10",
        "recallAtLimit" => "recall of what answers read",
        "citationAccuracy" => "citation accuracy",
        "citesExpected" => "answers that cite the right passage",
        _ => figure,
    };

    private static string Say(GateFigure figure) =>
        string.Create(CultureInfo.InvariantCulture, $"{Name(figure.Name)} {figure.Baseline:0.000} → {figure.Draft:0.000}");
}
