using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Providers;
using Npgsql;

namespace AiSaas.Core.Gateway.Keys;

/// <summary>A workspace's own key as people see it.</summary>
public sealed record StoredProviderKey(
    ProviderKeyId Id, string Provider, string Label, string Hint, UserId? CreatedBy, DateTimeOffset CreatedAt,
    string? DisabledReason, DateTimeOffset? DisabledAt, DateTimeOffset? LastUsedAt);

/// <summary>How keeping a key went.</summary>
public abstract record AddKeyOutcome
{
    public sealed record Added(StoredProviderKey Key) : AddKeyOutcome;

    /// <summary>Keys may be brought for known addresses only: one that a workspace names could be anywhere, inside our network too.</summary>
    public sealed record UnknownProvider(IReadOnlyList<string> Known) : AddKeyOutcome;

    public sealed record AlreadyKept : AddKeyOutcome;

    public sealed record TooMany : AddKeyOutcome;
}

/// <summary>Keeps, lists and forgets the provider keys that a workspace brings. Secrets go in and never come out.</summary>
public sealed class ProviderKeys(
    TenantDatabase database, SecretVault vault, ProviderRegistry providers, TenantProviderKeys pools, TimeProvider clock)
{
    public const int MostPerTenant = 50;

    private const string Columns = "id, provider, label, hint, created_by, created_at, disabled_reason, disabled_at, last_used_at";

    public async Task<AddKeyOutcome> AddAsync(
        TenantId tenant, UserId user, string provider, string label, string secret, CancellationToken cancellation)
    {
        if (providers.FindForOwnKey(provider) is not { } endpoint)
        {
            return new AddKeyOutcome.UnknownProvider(providers.NamesForOwnKeys);
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        // One at a time for a workspace, so that the count holds.
        await work.ExecuteAsync("select 1 from tenants where id = $1 for no key update", cancellation, tenant);
        if (await work.ScalarAsync<long>("select count(*) from provider_keys where tenant_id = $1", cancellation, tenant) >= MostPerTenant)
        {
            return new AddKeyOutcome.TooMany();
        }

        var added = await work.QueryAsync(
            $"""
            insert into provider_keys (id, tenant_id, provider, label, secret, hint, fingerprint, created_by, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (tenant_id, provider, fingerprint) do nothing
            returning {Columns}
            """,
            Read, cancellation,
            ProviderKeyId.New(), tenant, endpoint.Name, label, vault.Protect(tenant, secret), ProviderKey.Hint(secret),
            SecretVault.Fingerprint(tenant, secret), user, clock.GetUtcNow());
        await work.CommitAsync(cancellation);
        pools.Forget(tenant);
        return added is [var key] ? new AddKeyOutcome.Added(key) : new AddKeyOutcome.AlreadyKept();
    }

    public async Task<IReadOnlyList<StoredProviderKey>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            $"select {Columns} from provider_keys where tenant_id = $1 order by created_at, id limit {MostPerTenant}", Read, cancellation, tenant);
    }

    /// <returns>False when there is no such key (or it is another's).</returns>
    public async Task<bool> DeleteAsync(TenantId tenant, ProviderKeyId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        int deleted = await work.ExecuteAsync("delete from provider_keys where tenant_id = $1 and id = $2", cancellation, tenant, id);
        await work.CommitAsync(cancellation);
        pools.Forget(tenant);
        return deleted == 1;
    }

    /// <summary>Puts a key back into use that its provider has refused.</summary>
    /// <returns>The key; null when there is none (or it is another's).</returns>
    public async Task<StoredProviderKey?> EnableAsync(TenantId tenant, ProviderKeyId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var enabled = await work.QueryAsync(
            $"update provider_keys set disabled_reason = null, disabled_at = null where tenant_id = $1 and id = $2 returning {Columns}",
            Read, cancellation, tenant, id);
        await work.CommitAsync(cancellation);
        pools.Forget(tenant);
        return enabled is [var key] ? key : null;
    }

    private static StoredProviderKey Read(NpgsqlDataReader row) => new(
        new ProviderKeyId(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.GetString(3),
        row.IsDBNull(4) ? null : new UserId(row.GetGuid(4)), row.GetFieldValue<DateTimeOffset>(5),
        row.IsDBNull(6) ? null : row.GetString(6),
        row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
        row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8));
}
