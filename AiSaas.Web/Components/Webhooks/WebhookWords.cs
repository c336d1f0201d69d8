using System.Globalization;
using AiSaas.Contracts.Webhooks;

namespace AiSaas.Web.Components.Webhooks;

/// <summary>What pages say of webhooks and their deliveries.</summary>
internal static class WebhookWords
{
    /// <summary>What can be subscribed to; the api refuses others.</summary>
    public static readonly IReadOnlyList<(string Name, string Words)> Events =
    [
        ("job.succeeded", "A job has ended well"),
        ("job.failed", "A job can't be done"),
        ("job.dead", "A job was tried and given up"),
        ("job.canceled", "A job was canceled"),
        ("document.ready", "A document can be searched"),
        ("document.failed", "A document can't be read"),
    ];

    /// <summary>Short enough for a table's cell.</summary>
    public static string Hears(WebhookInfo webhook) => webhook switch
    {
        { Kind: "one-off" } => "Jobs that named it",
        { Events: var events } when Events.All(one => events.Contains(one.Name)) => "Everything",
        { Events.Count: <= 2 } => string.Join(", ", webhook.Events),
        _ => string.Create(CultureInfo.InvariantCulture, $"{webhook.Events.Count} events"),
    };

    /// <summary>The address without what may be secret in it: its query.</summary>
    public static string Short(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var read) ? read.GetLeftPart(UriPartial.Path)[(read.Scheme.Length + 3)..].TrimEnd('/') : url;

    public static (string Words, string? Tone) State(WebhookInfo webhook, DateTimeOffset now) => webhook switch
    {
        { Enabled: false, DisabledReason: not null } => ("Switched off", "bad"),
        { Enabled: false } => ("Off", null),
        { PausedUntil: { } until } when until > now => ("Paused", "warn"),
        { FailingSince: not null } => ("Failing", "warn"),
        _ => ("On", "ok"),
    };

    public static (string Words, string Tone) State(WebhookDelivery delivery) => delivery switch
    {
        { Status: "delivered" } => ("Delivered", "ok"),
        { Status: "failed" } => ("Failed", "bad"),
        { Tries: > 0 } => ("Tried again later", "warn"),
        _ => ("On its way", "accent"),
    };

    /// <summary>Such as <c>500 in 12 ms</c>.</summary>
    public static string Answer(WebhookAttempt attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{(attempt.Status is { } status ? status.ToString(CultureInfo.InvariantCulture) : "No answer")} in {attempt.Ms} ms");
}
