namespace AiSaas.Core.Webhooks;

/// <summary>What can be heard of. Names live in stored rows and in receivers' code: they are never renamed.</summary>
public static class WebhookEvents
{
    /// <summary>Sent by the test button, to the endpoint that was tested and no other.</summary>
    public const string Test = "webhook.test";

    /// <summary>What an endpoint can subscribe to. The function <c>app.jobs_ended</c> writes them.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "job.succeeded", "job.failed", "job.dead", "job.canceled", "document.ready", "document.failed",
    ];

    /// <returns>The first that is no event and no pattern of some; null when all are.</returns>
    public static string? Unknown(IEnumerable<string?> wanted)
    {
        foreach (string? name in wanted)
        {
            if (name is null || !All.Any(known => Matches(name, known)))
            {
                return name ?? "null";
            }
        }

        return null;
    }

    /// <summary>Names for patterns: <c>*</c>, <c>job.*</c>. Nothing means everything. What comes to exist later must be subscribed to then.</summary>
    public static IReadOnlyList<string> Expand(IReadOnlyCollection<string> wanted) =>
        wanted.Count == 0 ? All : [.. All.Where(known => wanted.Any(name => Matches(name, known)))];

    private static bool Matches(string name, string known) =>
        name == known || name == "*" || (name.EndsWith(".*", StringComparison.Ordinal) && known.StartsWith(name[..^1], StringComparison.Ordinal));
}
