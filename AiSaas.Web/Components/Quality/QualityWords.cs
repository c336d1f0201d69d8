using System.Globalization;
using AiSaas.Contracts.Quality;

namespace AiSaas.Web.Components.Quality;

/// <summary>Figures and settings as people read them.</summary>
internal static class QualityWords
{
    public static string Figure(double? value) => value is { } known ? known.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    public static string Score(double? value) => value is { } known ? known.ToString("0.00", CultureInfo.InvariantCulture) : "–";

    public static string Ms(double value) => value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " ms";

    public static string Change(double change) => change switch
    {
        > -0.0005 and < 0.0005 => "±0",
        > 0 => "+" + change.ToString("0.000", CultureInfo.InvariantCulture),
        _ => "−" + (-change).ToString("0.000", CultureInfo.InvariantCulture),
    };

    public static string Tone(double change) => change switch { <= -0.0005 => "bad", >= 0.0005 => "ok", _ => "" };

    public static string Interval(Interval interval) => $"{Figure(interval.Low)} to {Figure(interval.High)}";

    public static string Settings(RetrievalSettings settings)
    {
        string[] said =
        [
            .. new[]
            {
                settings.Weight is { } weight ? $"meaning {Number(weight)}" : null,
                settings.Limit is { } limit ? $"{limit} passages" : null,
                settings.Floor is { } floor ? $"relevance from {Number(floor)}" : null,
                settings.Rerank is { } rerank ? (rerank ? "reranked" : "not reranked") : null,
            }.OfType<string>(),
        ];
        return said.Length > 0 ? string.Join(", ", said) : "the defaults";
    }

    public static string Number(double? value) => value?.ToString("0.###", CultureInfo.InvariantCulture) ?? "";

    /// <summary>A field of a form: empty is null, nonsense is not a number and the api says so.</summary>
    public static double? Parse(string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : double.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : -1;

    public static RetrievalSettings Parse(string? weight, string? limit, string? floor, string? rerank = null) => new(
        Parse(weight), Parse(limit) is { } count ? (int)Math.Clamp(count, -1, 1_000) : null, Parse(floor),
        rerank switch { "on" => true, "off" => false, _ => null });

    public static string GateFigure(string name) => name switch
    {
        "ndcg" => "nDCG@10",
        "recall" => "Recall@10",
        "recallAtLimit" => "Recall of what answers read",
        "citationAccuracy" => "Citation accuracy",
        "citesExpected" => "Answers that cite the right passage",
        _ => name,
    };

    public static (string Words, string Tone) State(EvaluationRun run) => run.Status switch
    {
        "queued" => ("Waiting", ""),
        "running" => ("Running", "accent"),
        "succeeded" => ("Done", "ok"),
        "canceled" => ("Canceled", ""),
        _ => ("Failed", "bad"),
    };

    public static string Place(Expectation expected) =>
        expected.Page is { } page ? $"{expected.DocumentName} › page {page}" : expected.DocumentName ?? "";
}
