using System.Collections.Concurrent;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;

namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>Which spaces a workspace is searched in, and which model its new passages are embedded with.</summary>
public sealed class TenantSpaces(TenantDatabase database, EmbeddingSpaces spaces, EmbeddingCatalog catalog, TimeProvider clock)
{
    /// <summary>How late a switch may reach a process. Old vectors outlive a switch by much more.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<TenantId, (IReadOnlyList<EmbeddingSpace> Spaces, long Read)> _searched = new();

    /// <summary>The spaces that hold the workspace's passages: one, or two while it moves. The one it moves to comes last.</summary>
    public async ValueTask<IReadOnlyList<EmbeddingSpace>> SearchedAsync(TenantId tenant, CancellationToken cancellation)
    {
        if (_searched.TryGetValue(tenant, out var known) && clock.GetElapsedTime(known.Read) < Fresh)
        {
            return known.Spaces;
        }

        long read = clock.GetTimestamp();
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await ReadSearchedAsync(work, cancellation);
        if (found.Count > 0)
        {
            if (_searched.Count >= MostKept)
            {
                _searched.Clear();
            }

            _searched[tenant] = (found, read);
        }

        return found;
    }

    /// <summary>The model that the workspace's new passages are to be embedded with.</summary>
    public async Task<string> ModelAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        string? chosen = await work.ScalarAsync<string>("select chosen from tenant_spaces where tenant_id = $1", cancellation, tenant);
        return ModelOf(chosen);
    }

    /// <summary>This process has just changed the workspace's spaces.</summary>
    public void Forget(TenantId tenant) => _searched.TryRemove(tenant, out _);

    internal string ModelOf(string? chosen) =>
        chosen is not null && catalog.Names.Contains(chosen, StringComparer.OrdinalIgnoreCase) ? chosen : catalog.DefaultModel;

    private async Task<IReadOnlyList<EmbeddingSpace>> ReadSearchedAsync(TenantWork work, CancellationToken cancellation)
    {
        var rows = await work.QueryAsync(
            """
            select s.id, o.weight, o.unrelated, o.related
            from tenant_spaces t
                cross join lateral (values (t.space, 1), (t.next, 2)) s(id, place)
                left join space_settings o on o.tenant_id = t.tenant_id and o.space = s.id
            where t.tenant_id = $1 and s.id is not null order by s.place
            """,
            row => (Id: row.GetString(0), Weight: Number(row, 1), Unrelated: Number(row, 2), Related: Number(row, 3)),
            cancellation, work.Tenant);
        List<EmbeddingSpace> found = [];
        foreach (var row in rows)
        {
            if (await spaces.FindAsync(row.Id, cancellation) is { } space)
            {
                found.Add(space with
                {
                    Weight = row.Weight ?? space.Weight,
                    Unrelated = row.Unrelated ?? space.Unrelated,
                    Related = row.Related ?? space.Related,
                });
            }
        }

        return found;
    }

    private static double? Number(Npgsql.NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFloat(column);
}
