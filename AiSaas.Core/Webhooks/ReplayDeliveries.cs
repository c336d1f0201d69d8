using System.Text;
using System.Text.Json;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Webhooks;

/// <summary>How asking to send something went. A closed type.</summary>
public abstract record ReplayOutcome
{
    private ReplayOutcome()
    {
    }

    /// <param name="First">One of them; default where there is none.</param>
    /// <param name="Count">How many are on their way.</param>
    /// <param name="More">There are more than one call takes.</param>
    public sealed record Sending(DeliveryId First, int Count, bool More) : ReplayOutcome;

    public sealed record NotFound : ReplayOutcome;

    /// <summary>The endpoint is switched off.</summary>
    public sealed record Disabled : ReplayOutcome;
}

/// <summary>Sends on demand: a test message, one delivery again, or all since a moment. Each keeps its message id, so that a receiver
/// that has it already can tell.</summary>
public sealed class ReplayDeliveries(TenantDatabase database, TimeProvider clock)
{
    /// <summary>What one call takes, so that it ends in time.</summary>
    public const int MostAtOnce = 10_000;

    private const string Again = "status = 'pending', attempts = 0, next_at = now(), finished_at = null";

    public Task<ReplayOutcome> TestAsync(TenantId tenant, WebhookId endpoint, UserId user, CancellationToken cancellation) =>
        RunAsync(tenant, endpoint, async (work, token) =>
        {
            var id = DeliveryId.New();
            await work.ExecuteAsync(
                "insert into webhook_deliveries (id, tenant_id, endpoint_id, event, payload) values ($1, $2, $3, $4, $5)",
                token, id, tenant, endpoint, WebhookEvents.Test, TestPayload(endpoint, user));
            return new(id, 1, false);
        }, cancellation);

    public async Task<ReplayOutcome> OneAsync(TenantId tenant, DeliveryId delivery, CancellationToken cancellation)
    {
        var endpoint = await database.RunAsync(
            tenant,
            (work, token) => work.ScalarAsync<Guid?>(
                "select endpoint_id from webhook_deliveries where tenant_id = $1 and id = $2", token, tenant, delivery),
            cancellation);
        return endpoint is not { } known
            ? new ReplayOutcome.NotFound()
            : await RunAsync(tenant, WebhookId.From(known), async (work, token) =>
            {
                int again = await work.ExecuteAsync(
                    $"update webhook_deliveries set {Again} where tenant_id = $1 and id = $2", token, tenant, delivery);
                return new(delivery, again, false);
            }, cancellation);
    }

    /// <param name="tenant">Whose.</param>
    /// <param name="endpoint">Which endpoint's.</param>
    /// <param name="since">Events from then on, oldest first.</param>
    /// <param name="all">Also what was delivered.</param>
    /// <param name="cancellation">The caller's.</param>
    public Task<ReplayOutcome> SinceAsync(TenantId tenant, WebhookId endpoint, DateTimeOffset since, bool all, CancellationToken cancellation) =>
        RunAsync(tenant, endpoint, async (work, token) =>
        {
            var ids = await work.QueryAsync(
                """
                select id from webhook_deliveries
                where tenant_id = $1 and endpoint_id = $2 and created_at >= $3 and (status = 'failed' or ($4 and status = 'delivered'))
                order by id limit $5 for update skip locked
                """,
                row => DeliveryId.From(row.GetGuid(0)), token, tenant, endpoint, since.ToUniversalTime(), all, MostAtOnce + 1);
            var these = ids.Take(MostAtOnce).ToArray();
            await work.ExecuteAsync(
                $"update webhook_deliveries set {Again} where tenant_id = $1 and id = any ($2)", token, tenant, SqlParameter.Ids(these));
            return new(these.FirstOrDefault(), these.Length, ids.Count > MostAtOnce);
        }, cancellation);

    private async Task<ReplayOutcome> RunAsync(
        TenantId tenant, WebhookId endpoint, Func<TenantWork, CancellationToken, Task<ReplayOutcome.Sending>> send, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        // Whoever asks has mended something: no use in waiting for a pause to end.
        var enabled = await work.ScalarAsync<bool?>(
            "update webhook_endpoints set paused_until = null where tenant_id = $1 and id = $2 returning enabled", cancellation, tenant, endpoint);
        switch (enabled)
        {
            case null:
                return new ReplayOutcome.NotFound();
            case false:
                return new ReplayOutcome.Disabled();
            default:
                var sending = await send(work, cancellation);
                await work.CommitAsync(cancellation);
                return sending;
        }
    }

    private string TestPayload(WebhookId endpoint, UserId user)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("type", WebhookEvents.Test);
            json.WriteString("timestamp", clock.GetUtcNow().UtcDateTime);
            json.WriteStartObject("data");
            json.WriteString("webhookId", endpoint.Value);
            json.WriteString("sentBy", user.Value);
            json.WriteString("message", "If you can read this and its signature is right, webhooks work.");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(body.ToArray());
    }
}
