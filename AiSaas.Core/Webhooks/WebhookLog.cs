using System.Text.Json;
using AiSaas.Contracts.Webhooks;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Webhooks;

/// <summary>What endpoints were told, and how each attempt went.</summary>
public sealed class WebhookLog(TenantDatabase database)
{
    private const int AttemptsListed = 10;

    private const string Columns = "d.id, d.endpoint_id, d.event, d.subject_id, d.status, d.tries, d.next_at, d.created_at, d.finished_at";

    /// <param name="tenant">Whose.</param>
    /// <param name="endpoint">Which endpoint's.</param>
    /// <param name="status">Only these; null for all.</param>
    /// <param name="before">Older than this one.</param>
    /// <param name="amount">At most.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>Newest first; null when there is no such endpoint (or it is another's).</returns>
    public async Task<IReadOnlyList<WebhookDelivery>?> ListAsync(
        TenantId tenant, WebhookId endpoint, string? status, DeliveryId? before, int amount, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await work.ScalarAsync<bool>(
            "select true from webhook_endpoints where tenant_id = $1 and id = $2", cancellation, tenant, endpoint))
        {
            return null;
        }

        var found = await work.QueryAsync(
            $"""
            select {Columns} from webhook_deliveries d
            where d.tenant_id = $1 and d.endpoint_id = $2 and ($3 is null or d.status = $3) and ($4 is null or d.id < $4)
            order by d.id desc limit $5
            """,
            row => Read(row, null), cancellation, tenant, endpoint, SqlParameter.Typed(NpgsqlDbType.Text, status),
            SqlParameter.Typed(NpgsqlDbType.Uuid, before?.Value), amount);
        var attempts = await AttemptsAsync(work, [.. found.Select(delivery => delivery.Id)], AttemptsListed, cancellation);
        return [.. found.Select(delivery => delivery with { Attempts = [.. attempts[delivery.Id]] })];
    }

    /// <returns>With its body and all attempts; null when there is none (or it is another's).</returns>
    public async Task<WebhookDelivery?> FindAsync(TenantId tenant, DeliveryId delivery, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            $"select {Columns}, d.payload from webhook_deliveries d where d.tenant_id = $1 and d.id = $2",
            row => Read(row, JsonElement.Parse(row.GetString(9))), cancellation, tenant, delivery);
        if (found is not [var one])
        {
            return null;
        }

        var attempts = await AttemptsAsync(work, [one.Id], DeliveryRows.MostAttempts, cancellation);
        return one with { Attempts = [.. attempts[one.Id]] };
    }

    private static async Task<ILookup<Guid, WebhookAttempt>> AttemptsAsync(
        TenantWork work, Guid[] deliveries, int lastOnes, CancellationToken cancellation)
    {
        var attempts = await work.QueryAsync(
            """
            select a.delivery_id, a.number, a.at, a.status, a.took_ms, a.error, a.response
            from webhook_deliveries d join webhook_attempts a on a.tenant_id = d.tenant_id and a.delivery_id = d.id
            where d.tenant_id = $1 and d.id = any ($2) and a.number > d.tries - $3 order by a.delivery_id, a.number
            """,
            row => (Delivery: row.GetGuid(0), Attempt: new WebhookAttempt(
                row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2), row.IsDBNull(3) ? null : row.GetInt32(3), row.GetInt32(4),
                row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6))),
            cancellation, work.Tenant, deliveries, lastOnes);
        return attempts.ToLookup(row => row.Delivery, row => row.Attempt);
    }

    private static WebhookDelivery Read(NpgsqlDataReader row, JsonElement? payload) => new(
        row.GetGuid(0), DeliveryRows.MessageId(DeliveryId.From(row.GetGuid(0))), row.GetGuid(1), row.GetString(2),
        row.IsDBNull(3) ? null : row.GetGuid(3), row.GetString(4), row.GetInt32(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), row.GetFieldValue<DateTimeOffset>(7),
        row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8), [], payload);
}
