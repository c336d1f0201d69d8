using AiSaas.Contracts.Webhooks;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Webhooks;

/// <summary>What an endpoint is to be; nulls leave it as it is.</summary>
/// <param name="Url">Checked already: <see cref="WebhookAddress"/>.</param>
/// <param name="Events">Names of <see cref="WebhookEvents.All"/>.</param>
public sealed record EndpointChange(Uri? Url, IReadOnlyList<string>? Events, string? Description, bool? Enabled);

/// <summary>A workspace's endpoints. Secrets are made here, shown once, and never come out again.</summary>
public sealed class WebhookEndpoints(TenantDatabase database, WebhookVault vault, IOptions<WebhookOptions> options, TimeProvider clock)
{
    public const int MostPerTenant = 50;
    private const int MostListed = 200;

    private const string Columns = """
        e.id, e.kind, e.url, e.events, e.description, e.enabled, e.disabled_reason, e.disabled_at, e.failing_since, e.paused_until,
        e.last_success_at, case when e.old_secret_until > now() then e.old_secret_until end,
        (select count(*)::int from (select from webhook_deliveries d where d.endpoint_id = e.id and d.status = 'pending' limit 1000) p),
        e.created_by, e.created_at, e.updated_at
        """;

    /// <returns>Null when the workspace has <see cref="MostPerTenant"/> already.</returns>
    public async Task<(WebhookInfo Webhook, string Secret)?> CreateAsync(
        TenantId tenant, UserId user, EndpointChange wanted, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        // One at a time for a workspace, so that the count holds.
        await work.ExecuteAsync("select 1 from tenants where id = $1 for no key update", cancellation, tenant);
        if (await work.ScalarAsync<long>(
            "select count(*) from webhook_endpoints where tenant_id = $1 and kind = 'standing'", cancellation, tenant) >= MostPerTenant)
        {
            return null;
        }

        var secret = WebhookSecret.New();
        var made = await work.QueryAsync(
            $"""
            insert into webhook_endpoints as e (id, tenant_id, url, events, description, enabled, secret, created_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8) returning {Columns}
            """,
            Read, cancellation, WebhookId.New(), tenant, wanted.Url!.AbsoluteUri, wanted.Events!.ToArray(), wanted.Description ?? "",
            wanted.Enabled ?? true, vault.Protect(tenant, secret), user);
        await work.CommitAsync(cancellation);
        return (made[0], secret.Reveal());
    }

    /// <summary>Standing ones first, then one-off ones, newest first.</summary>
    public async Task<IReadOnlyList<WebhookInfo>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            $"select {Columns} from webhook_endpoints e where e.tenant_id = $1 order by e.kind desc, e.id desc limit {MostListed}",
            Read, cancellation, tenant);
    }

    /// <returns>Null when there is none (or it is another's).</returns>
    public async Task<WebhookInfo?> FindAsync(TenantId tenant, WebhookId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            $"select {Columns} from webhook_endpoints e where e.tenant_id = $1 and e.id = $2", Read, cancellation, tenant, id) is [var found]
                ? found : null;
    }

    /// <summary>Switching on forgets why it was off: failures count anew.</summary>
    /// <returns>Null when there is none (or it is another's).</returns>
    public async Task<WebhookInfo?> UpdateAsync(TenantId tenant, WebhookId id, EndpointChange change, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var changed = await work.QueryAsync(
            $"""
            update webhook_endpoints e set url = coalesce($3, url), events = coalesce($4, events), description = coalesce($5, description),
                enabled = coalesce($6, enabled), updated_at = now(),
                disabled_reason = case when $6 is null then disabled_reason end,
                disabled_at = case when $6 is null then disabled_at when $6 then null else coalesce(disabled_at, now()) end,
                failing_since = case when $6 or $3 is not null then null else failing_since end,
                paused_until = case when $6 or $3 is not null then null else paused_until end
            where e.tenant_id = $1 and e.id = $2 returning {Columns}
            """,
            Read, cancellation, tenant, id, SqlParameter.Typed(NpgsqlDbType.Text, change.Url?.AbsoluteUri),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, change.Events?.ToArray()),
            SqlParameter.Typed(NpgsqlDbType.Text, change.Description), SqlParameter.Typed(NpgsqlDbType.Boolean, change.Enabled));
        await work.CommitAsync(cancellation);
        return changed is [var found] ? found : null;
    }

    /// <summary>With its log and what was still to be sent.</summary>
    public async Task<bool> DeleteAsync(TenantId tenant, WebhookId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        int deleted = await work.ExecuteAsync("delete from webhook_endpoints where tenant_id = $1 and id = $2", cancellation, tenant, id);
        await work.CommitAsync(cancellation);
        return deleted == 1;
    }

    /// <summary>A new secret; the old one signs too for a day, so that receivers can change over without losing a message.</summary>
    /// <returns>Null when there is none (or it is another's).</returns>
    public async Task<(string Secret, DateTimeOffset OldUntil)?> RotateAsync(TenantId tenant, WebhookId id, CancellationToken cancellation)
    {
        var secret = WebhookSecret.New();
        var until = clock.GetUtcNow() + options.Value.OldSecret;
        await using var work = await database.BeginAsync(tenant, cancellation);
        int rotated = await work.ExecuteAsync(
            """
            update webhook_endpoints set old_secret = secret, old_secret_until = $4, secret = $3, updated_at = now()
            where tenant_id = $1 and id = $2
            """,
            cancellation, tenant, id, vault.Protect(tenant, secret), until);
        await work.CommitAsync(cancellation);
        return rotated == 1 ? (secret.Reveal(), until) : null;
    }

    private static WebhookInfo Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetFieldValue<string[]>(3), row.GetString(4), row.GetBoolean(5),
        row.IsDBNull(6) ? null : row.GetString(6), Time(row, 7), Time(row, 8), Time(row, 9), Time(row, 10), Time(row, 11), row.GetInt32(12),
        row.IsDBNull(13) ? null : row.GetGuid(13), row.GetFieldValue<DateTimeOffset>(14), row.GetFieldValue<DateTimeOffset>(15));

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
