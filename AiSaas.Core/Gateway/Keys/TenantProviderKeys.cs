using System.Collections.Concurrent;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Providers;
using Npgsql;

namespace AiSaas.Core.Gateway.Keys;

/// <summary>The pools of workspaces' own keys, as calls need them: remembered for some seconds, most workspaces' being none.</summary>
/// <remarks>A change made here holds at once, one made on another replica within <see cref="Lifetime"/>. While Postgres is away, what is
/// known goes on being used: the house's keys never pay for a workspace that has its own.</remarks>
public sealed class TenantProviderKeys(
    TenantDatabase database, SecretVault vault, ProviderRegistry providers, OwnKeyNotes notes, TimeProvider clock)
{
    private const int MostTenants = 50_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<TenantId, Entry> _entries = new();

    /// <summary>Own keys by provider's name; null when the workspace has none.</summary>
    public ValueTask<IReadOnlyDictionary<string, KeyPool>?> OfAsync(TenantId tenant, CancellationToken cancellation)
    {
        var entry = _entries.TryGetValue(tenant, out var known) ? known : Made(tenant);
        return clock.GetTimestamp() < Volatile.Read(ref entry.FreshUntil)
            ? new(entry.Pools?.ByProvider)
            : new(RefreshedAsync(tenant, entry, cancellation));
    }

    /// <summary>The workspace's keys have changed.</summary>
    public void Forget(TenantId tenant) => _entries.TryRemove(tenant, out _);

    /// <summary>How a key does on this replica; null when it isn't in use here.</summary>
    public async ValueTask<KeyState?> StateOfAsync(TenantId tenant, ProviderKeyId key, CancellationToken cancellation)
    {
        await OfAsync(tenant, cancellation);
        return _entries.TryGetValue(tenant, out var entry) ? entry.Pools?.StateOf(key) : null;
    }

    private Entry Made(TenantId tenant)
    {
        if (_entries.Count >= MostTenants)
        {
            foreach (var (other, old) in _entries)
            {
                if (clock.GetTimestamp() >= Volatile.Read(ref old.FreshUntil))
                {
                    _entries.TryRemove(other, out _);
                }
            }
        }

        return _entries.Count < MostTenants ? _entries.GetOrAdd(tenant, _ => new()) : new();
    }

    private async Task<IReadOnlyDictionary<string, KeyPool>?> RefreshedAsync(TenantId tenant, Entry entry, CancellationToken cancellation)
    {
        Task refreshing;
        lock (entry)
        {
            // One look-up for all who wait; it outlives the caller who began it.
            refreshing = entry.Refreshing is { IsCompleted: false } running ? running : entry.Refreshing = RefreshAsync(tenant, entry);
        }

        await refreshing.WaitAsync(cancellation);
        return entry.Pools?.ByProvider;
    }

    private async Task RefreshAsync(TenantId tenant, Entry entry)
    {
        try
        {
            var rows = await ReadAsync(tenant, entry.Pools?.TakeUsed() ?? []);
            if (rows.Count == 0)
            {
                entry.Pools = null;
            }
            else if (entry.Pools is { } pools && pools.Are(rows))
            {
                pools.Follow(rows);
            }
            else
            {
                entry.Pools = new(rows, (key, reason) => notes.Add(tenant, key, reason), clock);
            }

            entry.IsLoaded = true;
            Keep(entry, Lifetime);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or OperationCanceledException && entry.IsLoaded)
        {
            Keep(entry, RetryAfterFailure);
        }
    }

    private async Task<List<OwnKeyRow>> ReadAsync(TenantId tenant, IReadOnlyList<ProviderKeyId> used)
    {
        using CancellationTokenSource deadline = new(Deadline, clock);
        await using var work = await database.BeginAsync(tenant, deadline.Token);
        var rows = await work.QueryAsync(
            $"select id, provider, secret, disabled_reason from provider_keys where tenant_id = $1 order by created_at, id limit {ProviderKeys.MostPerTenant}",
            row => (Id: new ProviderKeyId(row.GetGuid(0)), Provider: row.GetString(1), Stored: row.GetString(2), Reason: row.IsDBNull(3) ? null : row.GetString(3)),
            deadline.Token, tenant);
        if (used.Count > 0)
        {
            await work.ExecuteAsync(
                "update provider_keys set last_used_at = $3 where tenant_id = $1 and id = any($2)", deadline.Token, tenant, SqlParameter.Ids(used), clock.GetUtcNow());
        }

        await work.CommitAsync(deadline.Token);
        List<OwnKeyRow> keys = [];
        foreach (var (id, provider, stored, reason) in rows)
        {
            // A provider that is configured no more: its keys wait for it.
            if (providers.FindForOwnKey(provider) is null)
            {
                continue;
            }

            bool readable = vault.TryReveal(tenant, stored, out string? secret);
            if (!readable && reason is null)
            {
                notes.Add(tenant, id, "This key can't be decrypted any more. Delete it and enter it again.");
            }

            keys.Add(new(id, provider, secret, reason));
        }

        return keys;
    }

    private void Keep(Entry entry, TimeSpan time) =>
        Volatile.Write(ref entry.FreshUntil, clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency));

    private sealed class Entry
    {
        public long FreshUntil = long.MinValue;
        public volatile OwnPools? Pools;
        public volatile bool IsLoaded;
        public Task? Refreshing;
    }
}
