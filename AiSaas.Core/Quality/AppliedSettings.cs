using System.Collections.Concurrent;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Quality;

/// <summary>The settings that searches use: a collection's over the workspace's where one collection is searched, else the workspace's.</summary>
/// <remarks>Kept in memory for seconds: what is applied reaches every process within <see cref="Fresh"/>.</remarks>
public sealed class AppliedSettings(TenantDatabase database, TimeProvider clock)
{
    internal static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<(TenantId Tenant, Guid? Collection), (RetrievalSettings Settings, long Read)> _kept = new();

    /// <summary>The query as it is to be searched.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="query">What to find; its limit holds where no settings name one.</param>
    /// <param name="limit">What the caller asked for by number; null leaves it to the settings.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<RetrievalQuery> ForAsync(TenantId tenant, RetrievalQuery query, int? limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        CollectionId? only = query.Collections is [var one] ? one : null;
        return query.Under(await OfAsync(tenant, new(only), cancellation), limit);
    }

    public async Task<RetrievalSettings> OfAsync(TenantId tenant, QualityScopeId scope, CancellationToken cancellation)
    {
        var key = (tenant, scope.Collection?.Value);
        if (_kept.TryGetValue(key, out var kept) && clock.GetElapsedTime(kept.Read) < Fresh)
        {
            return kept.Settings;
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        var settings = await ReadAsync(work, scope, cancellation);
        if (_kept.Count >= MostKept)
        {
            _kept.Clear();
        }

        _kept[key] = (settings, clock.GetTimestamp());
        return settings;
    }

    /// <summary>So that whoever applied them searches under them at once.</summary>
    internal void Forget(TenantId tenant)
    {
        foreach (var key in _kept.Keys.Where(key => key.Tenant == tenant))
        {
            _kept.TryRemove(key, out _);
        }
    }

    internal static async Task<RetrievalSettings> ReadAsync(TenantWork work, QualityScopeId scope, CancellationToken cancellation)
    {
        var rows = await work.QueryAsync(
            "select collection_id is null, applied from retrieval_settings where tenant_id = $1 and (collection_id is null or collection_id = $2)",
            row => (Whole: row.GetBoolean(0), Settings: SettingsRules.Read(row.GetString(1))), cancellation, work.Tenant, scope.Parameter);
        var whole = rows.Find(row => row.Whole).Settings ?? SettingsRules.None;
        return scope.Collection is null ? whole : (rows.Find(row => !row.Whole).Settings ?? SettingsRules.None).Over(whole);
    }
}
