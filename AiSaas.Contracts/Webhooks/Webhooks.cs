using System.Text.Json;

namespace AiSaas.Contracts.Webhooks;

/// <summary>POST <c>/api/webhooks</c>.</summary>
/// <param name="Url">http or https, on the public internet.</param>
/// <param name="Events">Such as <c>job.succeeded</c>; <c>job.*</c> for all of a kind; nothing for all there are.</param>
public sealed record CreateWebhookRequest(
    string Url, IReadOnlyList<string>? Events = null, string? Description = null, bool? Enabled = null);

/// <summary>PATCH <c>/api/webhooks/{id}</c>: what is left out stays.</summary>
public sealed record UpdateWebhookRequest(
    string? Url = null, IReadOnlyList<string>? Events = null, string? Description = null, bool? Enabled = null);

/// <param name="Secret">Signs the messages. Shown this once.</param>
public sealed record CreatedWebhook(Guid Id, string Secret, WebhookInfo Webhook);

/// <param name="Secret">Signs from now on. Shown this once.</param>
/// <param name="OldSecretUntil">Until then each message carries a signature by the old secret too.</param>
public sealed record RotatedWebhook(Guid Id, string Secret, DateTimeOffset OldSecretUntil);

/// <summary>Where a workspace is told of its events.</summary>
/// <param name="Kind"><c>standing</c>, or <c>one-off</c>: made by a job that named the address.</param>
/// <param name="DisabledReason">Why it was switched off by itself; null when somebody did.</param>
/// <param name="FailingSince">Since when every attempt has failed.</param>
/// <param name="PausedUntil">Nothing is sent before: the receiver asked for it, or doesn't answer.</param>
/// <param name="Pending">Deliveries that wait to be sent, counted up to 1,000.</param>
public sealed record WebhookInfo(
    Guid Id, string Kind, string Url, IReadOnlyList<string> Events, string Description, bool Enabled, string? DisabledReason,
    DateTimeOffset? DisabledAt, DateTimeOffset? FailingSince, DateTimeOffset? PausedUntil, DateTimeOffset? LastSuccessAt,
    DateTimeOffset? OldSecretUntil, int Pending, Guid? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>One event on its way to one endpoint.</summary>
/// <param name="MessageId">The header <c>webhook-id</c>: the same at every attempt and replay.</param>
/// <param name="SubjectId">The job or document that it is about.</param>
/// <param name="Status">pending, delivered or failed.</param>
/// <param name="Tries">All attempts ever, replays included.</param>
/// <param name="Attempts">The last of them, oldest first: ten in lists.</param>
/// <param name="Payload">The body as sent; not in lists.</param>
public sealed record WebhookDelivery(
    Guid Id, string MessageId, Guid WebhookId, string Event, Guid? SubjectId, string Status, int Tries, DateTimeOffset? NextAttemptAt,
    DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt, IReadOnlyList<WebhookAttempt> Attempts, JsonElement? Payload = null);

/// <param name="Status">The answer's; null when there was none.</param>
/// <param name="Ms">Until the answer's first bytes.</param>
/// <param name="Error">In words; null when it was delivered.</param>
/// <param name="Response">The first 1,024 characters of the answer.</param>
public sealed record WebhookAttempt(int Number, DateTimeOffset At, int? Status, int Ms, string? Error, string? Response);

/// <summary>POST <c>/api/webhooks/{id}/replay</c>.</summary>
/// <param name="Since">Deliveries from then on.</param>
/// <param name="All">Also what was delivered; else only what failed.</param>
public sealed record ReplayWebhookRequest(DateTimeOffset? Since = null, bool? All = null);

/// <param name="Count">How many are on their way again.</param>
/// <param name="More">There are more; ask again.</param>
public sealed record ReplayedWebhook(int Count, bool More);
