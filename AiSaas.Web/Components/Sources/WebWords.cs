using AiSaas.Contracts.Sources;

namespace AiSaas.Web.Components.Sources;

/// <summary>Addresses and their pages as people call them. Scripts/sources/source-list.ts says states alike.</summary>
internal static class WebWords
{
    /// <summary>What the forms offer; anything else is set as cron through the API.</summary>
    public static readonly (string Cron, string Words)[] Schedules =
    [
        ("", "Once"), ("0 * * * *", "Every hour"), ("0 3 * * *", "Every night at three"), ("0 3 * * mon", "Every Monday at three"), ("0 3 1 * *", "On the first of the month"),
    ];

    public static string Schedule(string? cron) =>
        string.IsNullOrEmpty(cron) ? "Not fetched again by itself" : Schedules.FirstOrDefault(one => one.Cron == cron).Words ?? $"As cron says: {cron}";

    public static bool IsUnderWay(SourceInfo source) => source.Status is "queued" or "running";

    public static string Status(SourceInfo source) => source.Status switch
    {
        "queued" => "Waiting",
        "running" => "Fetching",
        "ready" => "Fetched",
        "failed" => "Failed",
        var other => other,
    };

    public static string Tone(SourceInfo source) => source.Status switch { "ready" => "ok", "failed" => "bad", _ => "accent" };

    public static string Counts(SourcePageCounts pages) => string.Join(" · ", new[]
    {
        $"{pages.Fetched:N0} of {Shared.Human.Count(pages.Found, "page")} fetched",
        pages.Waiting > 0 ? $"{pages.Waiting:N0} to come" : null,
        pages.Duplicate > 0 ? $"{pages.Duplicate:N0} the same as others" : null,
        pages.Skipped > 0 ? $"{pages.Skipped:N0} skipped" : null,
        pages.Gone > 0 ? $"{pages.Gone:N0} gone" : null,
        pages.Failed > 0 ? $"{pages.Failed:N0} failed" : null,
    }.OfType<string>());

    public static string State(string state) => state switch
    {
        "waiting" => "To come",
        "fetched" => "Fetched",
        "duplicate" => "Same as another",
        "alias" => "Another name",
        "skipped" => "Skipped",
        "gone" => "Gone",
        "failed" => "Failed",
        _ => state,
    };

    public static string StateTone(string state) => state switch { "fetched" => "ok", "failed" => "bad", "gone" => "warn", "waiting" => "accent", _ => "" };

    /// <summary>Without the scheme, which says little.</summary>
    public static string Short(string url) => url[(url.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0)..].TrimEnd('/');

    /// <summary>A link only where it leads to the web: what is shown was somebody's to write.</summary>
    public static string? Link(string url) => Uri.TryCreate(url, UriKind.Absolute, out var read) && (read.Scheme is "http" or "https") ? read.AbsoluteUri : null;
}
