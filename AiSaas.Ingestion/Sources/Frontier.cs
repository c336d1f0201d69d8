using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Sources;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Sources;

/// <summary>What a walk has still to ask, in Postgres: whoever goes on with it goes on there.</summary>
internal sealed class Frontier(TenantDatabase database, TimeProvider clock)
{
    /// <summary>All rows of a source, however many names its pages have.</summary>
    private const int RowsPerPage = 10;

    /// <summary>Takes up the walk.</summary>
    /// <exception cref="SourceGoneException"/>
    public static async Task<WalkState> OpenAsync(JobContext job, SourceId source, CancellationToken cancellation)
    {
        List<WalkState> found = [];
        await job.FencedAsync(
            async (work, token) => found = await work.QueryAsync(
                """
                update sources set status = 'running', updated_at = now() where tenant_id = $1 and id = $2
                returning collection_id, url, depth, max_pages, walk, site, case when robots_walk = walk then robots end, robots_of, created_by
                """,
                row => new WalkState(
                    source, CollectionId.From(row.GetGuid(0)), new Uri(row.GetString(1)), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4),
                    new Uri(row.GetString(5)), row.IsDBNull(6) ? null : row.GetString(6), row.IsDBNull(7) ? null : row.GetString(7),
                    row.IsDBNull(8) ? null : UserId.From(row.GetGuid(8))),
                token, work.Tenant, source),
            cancellation);
        return found is [var state] ? state : throw new SourceGoneException();
    }

    /// <summary>Keeps robots.txt for this walk.</summary>
    public static Task KeepRobotsAsync(JobContext job, WalkState source, string robots, CancellationToken cancellation) =>
        job.FencedAsync(
            (work, token) => work.ExecuteAsync(
                "update sources set robots = $3, robots_of = $4, robots_walk = walk where tenant_id = $1 and id = $2",
                token, work.Tenant, source.Id, robots.Replace('\0', ' '), PageAddress.Origin(source.Site)),
            cancellation);

    /// <summary>The source's own news, apart from any document's: order of locks.</summary>
    public async Task NoteAsync(TenantId tenant, SourceId source, Uri? site, bool limited, CancellationToken cancellation) =>
        await database.RunAsync(
            tenant,
            (work, token) => work.ExecuteAsync(
                """
                update sources set site = coalesce($3, site), limited = limited or $4, updated_at = now()
                where tenant_id = $1 and id = $2
                """,
                token, tenant, source, SqlParameter.Typed(NpgsqlDbType.Text, site is null ? null : PageAddress.Origin(site)), limited),
            cancellation);

    /// <summary>Leaves the whole site alone for a while.</summary>
    public async Task PostponeAsync(TenantId tenant, SourceId source, TimeSpan by, CancellationToken cancellation) =>
        await database.RunAsync(
            tenant,
            (work, token) => work.ExecuteAsync(
                "update source_pages set due_at = greatest(due_at, now() + $3) where tenant_id = $1 and source_id = $2 and due_at is not null",
                token, tenant, source, by),
            cancellation);

    /// <returns>The next page, breadth first; null where none is due now.</returns>
    public async Task<DuePage?> NextAsync(TenantId tenant, SourceId source, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            """
            select id, url, depth, attempts, etag, last_modified, sha256, document_id from source_pages
            where tenant_id = $1 and source_id = $2 and due_at <= now() order by depth, id limit 1
            """,
            row => new DuePage(
                row.GetGuid(0), new Uri(row.GetString(1)), row.GetInt32(2), row.GetInt32(3), row.IsDBNull(4) ? null : row.GetString(4),
                row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6),
                row.IsDBNull(7) ? null : DocumentId.From(row.GetGuid(7))),
            cancellation, tenant, source);
        return found is [var page] ? page : null;
    }

    /// <summary>Adds pages that are not known yet, as many as there is room for.</summary>
    /// <param name="work">The transaction of the page that they were found on.</param>
    /// <param name="source">Whose.</param>
    /// <param name="depth">Theirs.</param>
    /// <param name="links">Normalised, of this site.</param>
    /// <param name="rules">What robots.txt forbids is kept as skipped.</param>
    /// <param name="cancellation">The job's.</param>
    /// <returns>Whether some had no room.</returns>
    public async Task<bool> AddAsync(
        TenantWork work, WalkState source, int depth, IReadOnlyCollection<Uri> links, RobotsRules rules, CancellationToken cancellation)
    {
        if (links.Count == 0)
        {
            return false;
        }

        string[] urls = [.. links.Select(link => link.AbsoluteUri)];
        var unknown = await work.QueryAsync(
            """
            select u.url from unnest($3::text[]) with ordinality u (url, place)
            where not exists (select from source_pages p where p.tenant_id = $1 and p.source_id = $2 and p.url = u.url) order by u.place
            """,
            row => row.GetString(0), cancellation, work.Tenant, source.Id, urls);
        if (unknown.Count == 0)
        {
            return false;
        }

        var counts = await work.QueryAsync(
            """
            select count(*)::int, count(*) filter (where state not in ('alias', 'skipped'))::int from source_pages
            where tenant_id = $1 and source_id = $2
            """,
            row => (All: row.GetInt32(0), Asked: row.GetInt32(1)), cancellation, work.Tenant, source.Id);
        int room = source.MaxPages - counts[0].Asked, rows = (RowsPerPage * source.MaxPages) - counts[0].All;
        var now = clock.GetUtcNow();
        List<(Guid Id, string Url, bool Allowed)> added = [];
        bool limited = false;
        foreach (string url in unknown)
        {
            bool allowed = rules.Allows(new Uri(url));
            if (rows == 0 || (allowed && room == 0))
            {
                limited = true;
                continue;
            }

            added.Add((Guid.CreateVersion7(now), url, allowed));
            (room, rows) = (allowed ? room - 1 : room, rows - 1);
        }

        await work.ExecuteAsync(
            """
            insert into source_pages (id, tenant_id, source_id, url, depth, state, due_at, error_code, error_detail)
            select u.id, $1, $2, u.url, $3, case when u.allowed then 'waiting' else 'skipped' end, case when u.allowed then now() end,
                case when not u.allowed then 'sources:robots' end, case when not u.allowed then $7 end
            from unnest($4::uuid[], $5::text[], $6::bool[]) u (id, url, allowed)
            on conflict (tenant_id, source_id, url) do nothing
            """,
            cancellation, work.Tenant, source.Id, depth, added.Select(one => one.Id).Order().ToArray(), added.Select(one => one.Url).ToArray(),
            added.Select(one => one.Allowed).ToArray(), RobotsFile.Forbids);
        return limited;
    }
}
