using AiSaas.Contracts.Common;
using AiSaas.Contracts.Sources;
using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Sources;

/// <summary>Reads sources and their pages. Another workspace's are null here: they do not exist.</summary>
public sealed class SourceLibrary(TenantDatabase database)
{
    private const string Info = """
        select s.id, s.collection_id, s.url, s.depth, s.max_pages, s.status, s.limited, s.error_code, s.error_detail, s.job_id, first.document_id,
            j.id, j.cron, j.timezone, case when j.enabled then j.next_at end, s.walked_at, s.created_at,
            p.found, p.waiting, p.fetched, p.duplicate, p.skipped, p.gone, p.failed
        from sources s left join job_schedules j on j.tenant_id = s.tenant_id and j.id = s.schedule_id
            left join lateral (select document_id from source_pages where tenant_id = s.tenant_id and source_id = s.id and depth = 0 order by id limit 1) first on true
            cross join lateral (
                select count(*)::int as found, count(*) filter (where due_at is not null)::int as waiting,
                    count(*) filter (where state = 'fetched')::int as fetched, count(*) filter (where state in ('duplicate', 'alias'))::int as duplicate,
                    count(*) filter (where state = 'skipped')::int as skipped, count(*) filter (where state = 'gone')::int as gone,
                    count(*) filter (where state = 'failed')::int as failed
                from source_pages where tenant_id = s.tenant_id and source_id = s.id) p

        """;

    /// <returns>Null where the collection doesn't exist.</returns>
    public async Task<Page<SourceInfo>?> ListAsync(
        TenantId tenant, CollectionId collection, SourceId? after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await work.ScalarAsync<bool>("select true from collections where tenant_id = $1 and id = $2", cancellation, tenant, collection))
        {
            return null;
        }

        var found = await work.QueryAsync(
            Info + "where s.tenant_id = $1 and s.collection_id = $2 and ($3::uuid is null or s.id < $3) order by s.id desc limit $4",
            ReadInfo, cancellation, tenant, collection, SqlParameter.Typed(NpgsqlDbType.Uuid, after?.Value), limit + 1);
        return found.Count > limit ? new Page<SourceInfo>(found[..limit], Id.Text(found[limit - 1].Id)) : new Page<SourceInfo>(found);
    }

    public async Task<SourceInfo?> FindAsync(TenantId tenant, SourceId source, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await FindAsync(work, source, cancellation);
    }

    /// <param name="tenant">Whose.</param>
    /// <param name="source">Which; null comes back where it doesn't exist.</param>
    /// <param name="state">Only pages of this state; null for all.</param>
    /// <param name="after">The last page of the page before.</param>
    /// <param name="limit">Most on a page.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<Page<SourcePage>?> PagesAsync(
        TenantId tenant, SourceId source, string? state, Guid? after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await work.ScalarAsync<bool>("select true from sources where tenant_id = $1 and id = $2", cancellation, tenant, source))
        {
            return null;
        }

        var found = await work.QueryAsync(
            """
            select id, url, depth, state, document_id, error_code, error_detail, fetched_at, changed_at from source_pages
            where tenant_id = $1 and source_id = $2 and ($3::uuid is null or id > $3) and ($4::text is null or state = $4) order by id limit $5
            """,
            row => new SourcePage(
                row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetString(3), Value<Guid>(row, 4), Fault(row, 5),
                Value<DateTimeOffset>(row, 7), Value<DateTimeOffset>(row, 8)),
            cancellation, tenant, source, SqlParameter.Typed(NpgsqlDbType.Uuid, after), SqlParameter.Typed(NpgsqlDbType.Text, state), limit + 1);
        return found.Count > limit ? new Page<SourcePage>(found[..limit], Id.Text(found[limit - 1].Id)) : new Page<SourcePage>(found);
    }

    internal static async Task<SourceInfo?> FindAsync(TenantWork work, SourceId source, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(Info + "where s.tenant_id = $1 and s.id = $2", ReadInfo, cancellation, work.Tenant, source);
        return found is [var one] ? one : null;
    }

    private static SourceInfo ReadInfo(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetInt32(3), row.GetInt32(4), row.GetString(5),
        new(row.GetInt32(17), row.GetInt32(18), row.GetInt32(19), row.GetInt32(20), row.GetInt32(21), row.GetInt32(22), row.GetInt32(23)),
        row.GetBoolean(6), Fault(row, 7), Value<Guid>(row, 9), Value<Guid>(row, 10), Value<Guid>(row, 11), Text(row, 12), Text(row, 13),
        Value<DateTimeOffset>(row, 14), Value<DateTimeOffset>(row, 15), row.GetFieldValue<DateTimeOffset>(16));

    private static Failure? Fault(NpgsqlDataReader row, int column) =>
        Text(row, column) is { } code ? new Failure(code, Text(row, column + 1) ?? code) : null;

    private static T? Value<T>(NpgsqlDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
