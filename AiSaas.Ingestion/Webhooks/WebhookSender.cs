using System.Net;
using System.Text;
using AiSaas.Core.Outbound;
using AiSaas.Core.Tenancy;
using AiSaas.Core.Webhooks;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Webhooks;

/// <summary>One attempt: signs, sends, and says what the answer means.</summary>
internal sealed partial class WebhookSender(
    OutboundHttp http, WebhookVault vault, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookSender> logger)
{
    private const int ResponseCharacters = 1024;
    private const int ErrorCharacters = 500;

    public async Task<AttemptResult> SendAsync(
        TenantId tenant, SendingEndpoint endpoint, DueDelivery delivery, CancellationToken cancellation)
    {
        var at = clock.GetUtcNow();
        long started = clock.GetTimestamp();
        if (Request(tenant, endpoint, delivery, at) is not { } request)
        {
            return Failed(endpoint, delivery, new(at, TimeSpan.Zero, null, null, "The secret can't be decrypted: rotate it.", null));
        }

        switch (await http.SendAsync(request, cancellation))
        {
            case OutboundResult.Answered(var response):
                using (response)
                {
                    var took = clock.GetElapsedTime(started);
                    string text = Text(await response.ReadStartAsync(ResponseCharacters, cancellation));
                    Sent sent = new(at, took, (int)response.Status, text, Error(response), After(response));
                    return sent.Error is null ? new(at, sent.Status, took, null, text, null, null, null) : Failed(endpoint, delivery, sent);
                }

            case OutboundResult.Refused(var detail):
                return Failed(endpoint, delivery, new(at, clock.GetElapsedTime(started), null, null, detail, null));

            case OutboundResult.Failed(_, var detail):
                return Failed(endpoint, delivery, new(at, clock.GetElapsedTime(started), null, null, detail, null));

            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private OutboundRequest? Request(TenantId tenant, SendingEndpoint endpoint, DueDelivery delivery, DateTimeOffset at)
    {
        if (!vault.TryReveal(tenant, endpoint.Secret, out var secret))
        {
            Log.Unreadable(logger, endpoint.Id, tenant);
            return null;
        }

        byte[] body = Encoding.UTF8.GetBytes(delivery.Payload);
        string id = DeliveryRows.MessageId(delivery.Id);
        string signatures = secret.Sign(id, at, body);
        if (vault.TryReveal(tenant, endpoint.OldSecret, out var old))
        {
            signatures += " " + old.Sign(id, at, body);
        }

        return new(HttpMethod.Post, endpoint.Url)
        {
            Body = body,
            ContentType = "application/json",
            Deadline = options.Value.Deadline,
            Headers =
            [
                new("webhook-id", id),
                new("webhook-timestamp", at.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)),
                new("webhook-signature", signatures),
            ],
        };
    }

    private AttemptResult Failed(SendingEndpoint endpoint, DueDelivery delivery, Sent sent)
    {
        var failingFor = endpoint.FailingSince is { } since ? sent.At - since : TimeSpan.Zero;
        string error = sent.Error!.Length > ErrorCharacters ? sent.Error[..ErrorCharacters] : sent.Error;
        string? disabled = sent.Status == (int)HttpStatusCode.Gone ? "The receiver answered 410: it wants no more messages."
            : failingFor >= options.Value.DisableAfter ? $"Every attempt has failed since {endpoint.FailingSince:u}. The last: {error}" : null;
        if (disabled is not null)
        {
            Log.Disabled(logger, endpoint.Id, disabled);
        }

        var asked = sent.Status is 429 or 503 ? sent.After : null;
        return new(
            sent.At, sent.Status, sent.Took, error, sent.Response,
            DeliverySchedule.Next(options.Value.Delays, delivery.Attempts + 1, sent.After, Random.Shared.NextDouble()),
            DeliverySchedule.Pause(asked, isSilent: sent.Status is null, failingFor),
            disabled is { Length: > ErrorCharacters } ? disabled[..ErrorCharacters] : disabled);
    }

    private static string? Error(OutboundResponse response) => (int)response.Status switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => $"Answered {(int)response.Status}: redirects are not followed, set the address that it leads to.",
        var status => $"Answered {status}.",
    };

    private TimeSpan? After(OutboundResponse response) =>
        response.Headers.RetryAfter is not { } asked ? null : asked.Delta ?? (asked.Date is { } date ? date - clock.GetUtcNow() : null);

    // Postgres keeps no NUL; half a character at the cut is replaced.
    private static string Text(byte[] start) => Encoding.UTF8.GetString(start).Replace('\0', ' ');

    private sealed record Sent(DateTimeOffset At, TimeSpan Took, int? Status, string? Response, string? Error, TimeSpan? After);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Webhook {Endpoint} is switched off: {Reason}")]
        public static partial void Disabled(ILogger logger, WebhookId endpoint, string reason);

        [LoggerMessage(LogLevel.Error, "The secret of webhook {Endpoint} of workspace {Tenant} can't be decrypted; is its key ring gone?")]
        public static partial void Unreadable(ILogger logger, WebhookId endpoint, TenantId tenant);
    }
}
