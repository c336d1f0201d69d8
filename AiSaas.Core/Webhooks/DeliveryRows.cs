using AiSaas.Core.Persistence;
using NpgsqlTypes;

namespace AiSaas.Core.Webhooks;

/// <summary>An endpoint as a sender needs it.</summary>
internal sealed record SendingEndpoint(WebhookId Id, Uri Url, string Secret, string? OldSecret, DateTimeOffset? FailingSince);

/// <summary>What is due.</summary>
/// <param name="Attempts">In this round, before the one to come.</param>
internal sealed record DueDelivery(DeliveryId Id, string Payload, int Attempts);

/// <summary>What an attempt came to.</summary>
/// <param name="Status">Of the answer; null when there was none.</param>
/// <param name="Error">Null when it was delivered.</param>
/// <param name="After">Until the next attempt; null when there is none.</param>
/// <param name="Pause">For the whole endpoint.</param>
/// <param name="DisabledReason">Why the endpoint is to be switched off.</param>
internal sealed record AttemptResult(
    DateTimeOffset At, int? Status, TimeSpan Took, string? Error, string? Response, TimeSpan? After, TimeSpan? Pause, string? DisabledReason)
{
    public bool IsDelivered => Error is null;
}

/// <summary>The sender's side of the tables.</summary>
internal static class DeliveryRows
{
    /// <summary>Kept of one delivery, however often it is replayed.</summary>
    public const int MostAttempts = 50;

    /// <summary>The header <c>webhook-id</c>.</summary>
    public static string MessageId(DeliveryId delivery) => $"msg_{delivery.Value:N}";

    /// <returns>Null when it is gone, switched off or paused.</returns>
    public static async Task<SendingEndpoint?> EndpointAsync(TenantWork work, WebhookId endpoint, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            """
            select id, url, secret, case when old_secret_until > now() then old_secret end, failing_since from webhook_endpoints
            where tenant_id = $1 and id = $2 and enabled and (paused_until is null or paused_until <= now())
            """,
            row => new SendingEndpoint(
                WebhookId.From(row.GetGuid(0)), new Uri(row.GetString(1)), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
                row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4)),
            cancellation, work.Tenant, endpoint);
        return found is [var one] ? one : null;
    }

    /// <summary>The oldest due ones.</summary>
    public static Task<List<DueDelivery>> DueAsync(TenantWork work, WebhookId endpoint, int amount, CancellationToken cancellation) =>
        work.QueryAsync(
            """
            select id, payload, attempts from webhook_deliveries
            where tenant_id = $1 and endpoint_id = $2 and status = 'pending' and next_at <= now() order by next_at, id limit $3
            """,
            row => new DueDelivery(DeliveryId.From(row.GetGuid(0)), row.GetString(1), row.GetInt32(2)),
            cancellation, work.Tenant, endpoint, amount);

    /// <summary>Writes an attempt, what it means for its delivery, and what for the endpoint.</summary>
    /// <remarks>Locks the endpoint before deliveries, as a replay does.</remarks>
    public static async Task RecordAsync(
        TenantWork work, WebhookId endpoint, DeliveryId delivery, AttemptResult result, CancellationToken cancellation)
    {
        await (result.IsDelivered ? MarkSuccessAsync(work, endpoint, cancellation) : MarkFailureAsync(work, endpoint, result, cancellation));
        string status = result.IsDelivered ? "delivered" : result.After is null || result.DisabledReason is not null ? "failed" : "pending";
        int? number = await work.ScalarAsync<int?>(
            """
            update webhook_deliveries set attempts = attempts + 1, tries = tries + 1, status = $3,
                next_at = case when $3 = 'pending' then now() + $4 end, finished_at = case when $3 <> 'pending' then now() end
            where tenant_id = $1 and id = $2 returning tries
            """,
            cancellation, work.Tenant, delivery, status, SqlParameter.Typed(NpgsqlDbType.Interval, result.After));
        // Null: deleted while it was under way.
        if (number is { } tries)
        {
            await work.ExecuteAsync(
                """
                with kept as (delete from webhook_attempts where tenant_id = $1 and delivery_id = $2 and number <= $3 - $9)
                insert into webhook_attempts (tenant_id, delivery_id, number, at, status, took_ms, error, response)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                cancellation, work.Tenant, delivery, tries, result.At, SqlParameter.Typed(NpgsqlDbType.Integer, result.Status),
                (int)result.Took.TotalMilliseconds, SqlParameter.Typed(NpgsqlDbType.Text, result.Error),
                SqlParameter.Typed(NpgsqlDbType.Text, result.Response), MostAttempts);
        }

        if (result.DisabledReason is not null)
        {
            // What was still to be sent can be replayed once the endpoint is switched on again.
            await work.ExecuteAsync(
                """
                update webhook_deliveries set status = 'failed', next_at = null, finished_at = now()
                where tenant_id = $1 and endpoint_id = $2 and status = 'pending'
                """,
                cancellation, work.Tenant, endpoint);
        }
    }

    // Not at every success: the row would be the bottleneck of a busy endpoint.
    private static Task MarkSuccessAsync(TenantWork work, WebhookId endpoint, CancellationToken cancellation) => work.ExecuteAsync(
        """
        update webhook_endpoints set failing_since = null, paused_until = null, last_success_at = now()
        where tenant_id = $1 and id = $2
            and (failing_since is not null or last_success_at is null or last_success_at < now() - interval '10 seconds')
        """,
        cancellation, work.Tenant, endpoint);

    private static Task MarkFailureAsync(
        TenantWork work, WebhookId endpoint, AttemptResult result, CancellationToken cancellation) => work.ExecuteAsync(
        """
        update webhook_endpoints set failing_since = coalesce(failing_since, now()),
            paused_until = case when $3::interval is null then paused_until else greatest(paused_until, now() + $3) end,
            enabled = enabled and $4::text is null, disabled_reason = coalesce($4, disabled_reason),
            disabled_at = case when $4 is null then disabled_at else now() end
        where tenant_id = $1 and id = $2 and (failing_since is null or $3::interval is not null or $4::text is not null)
        """,
        cancellation, work.Tenant, endpoint, SqlParameter.Typed(NpgsqlDbType.Interval, result.Pause),
        SqlParameter.Typed(NpgsqlDbType.Text, result.DisabledReason));
}
