using AiSaas.Contracts.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs;

/// <summary>Which jobs are meant.</summary>
/// <param name="Parent">Those that this one waits for.</param>
/// <param name="Roots">Leaves out jobs that another one waits for.</param>
public sealed record JobFilter(JobStatus? Status = null, string? Kind = null, string? Queue = null, JobId? Parent = null, bool Roots = false);

/// <summary>Lists of jobs and what they said.</summary>
public sealed class JobReader(TenantDatabase database)
{
    public const int LargestPage = 200;

    /// <summary>Where counts stop.</summary>
    public const int MostCounted = 10_000;

    // However many jobs a workspace has, a page costs a look at so many of them at most: where a filter leaves too few of those,
    // the page is short and its cursor goes on behind them.
    private const int Window = 20_000;

    /// <summary>What <see cref="JobRows.ReadInfo"/> reads of <c>j</c>, all but the result.</summary>
    /// <remarks>Of a payload nothing is shown but which document is meant, and that only where it is one.</remarks>
    internal static string Columns(string result = "null::jsonb") => $$"""
        j.id, j.kind, j.status, j.progress, j.attempts, {{result}}, j.error_code, j.error_detail, j.created_at, j.started_at, j.finished_at,
        j.queue, j.priority, j.run_at, j.max_attempts, j.stage, j.cancel_reason, j.dedupe_key, j.parent_id, j.payload ->> 'document',
        (select d.name from documents d where d.tenant_id = j.tenant_id and j.kind = 'ingest' and d.id =
            case when j.payload ->> 'document' ~ '^[0-9a-f-]{36}$' then (j.payload ->> 'document')::uuid end)
        """;

    /// <param name="before">The cursor of the page before; null for the first.</param>
    public async Task<JobList> ListAsync(TenantId tenant, JobFilter filter, JobId? before, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var (ids, next) = await PageAsync(work, filter, before, limit, cancellation);
        var items = await work.QueryAsync(
            $"select {Columns()} from jobs j where j.tenant_id = $1 and j.id = any ($2) order by j.id desc",
            JobRows.ReadInfo, cancellation, tenant, SqlParameter.Ids(ids));
        return new(items, next, before is null ? await CountAsync(work, cancellation) : null);
    }

    /// <returns>Null when the tenant has no such job.</returns>
    public async Task<JobLog?> LogAsync(TenantId tenant, JobId job, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await work.ScalarAsync<bool>("select true from jobs where tenant_id = $1 and id = $2", cancellation, tenant, job))
        {
            return null;
        }

        return new(await work.QueryAsync(
            $"select at, attempt, by_worker, line from job_logs where tenant_id = $1 and job_id = $2 order by at, id limit {JobLines.Most}",
            row => new JobLogLine(row.GetFieldValue<DateTimeOffset>(0), row.GetInt32(1), row.GetBoolean(2) ? "worker" : "handler", row.GetString(3)),
            cancellation, tenant, job));
    }

    /// <summary>A page of ids, newest first, and the cursor of the next one.</summary>
    internal static async Task<(IReadOnlyList<JobId> Ids, Guid? Next)> PageAsync(
        TenantWork work, JobFilter filter, JobId? before, int limit, CancellationToken cancellation)
    {
        foreach (int window in new[] { limit * 4, Window })
        {
            var seen = await work.QueryAsync(
                $"""
                select id, kind, queue, parent_id is not null, status from jobs
                where tenant_id = $1 and id < $2 and ($3::uuid is null or parent_id = $3) {Where(filter.Status)} order by id desc limit {window}
                """,
                row => (Id: JobId.From(row.GetGuid(0)), Kind: row.GetString(1), Queue: row.GetString(2), IsChild: row.GetBoolean(3), Status: row.GetString(4)),
                cancellation, work.Tenant, before?.Value ?? Guid.AllBitsSet, SqlParameter.Typed(NpgsqlDbType.Uuid, filter.Parent?.Value));
            JobId[] fitting =
            [
                .. seen.Where(job => (filter.Kind is null || job.Kind == filter.Kind) && (filter.Queue is null || job.Queue == filter.Queue)
                        && !(filter.Roots && job.IsChild) && (filter.Status is not (JobStatus.Succeeded or JobStatus.Canceled) || job.Status == filter.Status.Value.Name()))
                    .Select(job => job.Id).Take(limit + 1),
            ];
            if (fitting.Length > limit)
            {
                return (fitting[..limit], fitting[limit - 1].Value);
            }

            if (seen.Count < window || window == Window)
            {
                return (fitting, seen.Count == window ? seen[^1].Id.Value : null);
            }
        }

        throw new System.Diagnostics.UnreachableException();
    }

    // Statuses are written out, not passed, so that the partial indexes serve them. Most jobs succeed: to look for those, or for
    // the canceled among them, there is none, and the window bounds the search.
    private static string Where(JobStatus? status) => status switch
    {
        null or JobStatus.Succeeded or JobStatus.Canceled => "",
        // One that waits for its children shows as running.
        JobStatus.Running => """
            and id in (select id from jobs where tenant_id = $1 and status = 'running'
                union all select id from jobs where tenant_id = $1 and status = 'waiting')
            """,
        JobStatus.Failed or JobStatus.Dead => $"and status in ('failed', 'dead') and status = '{status.Value.Name()}'",
        _ => $"and status = '{status.Value.Name()}'",
    };

    private static async Task<JobCounts> CountAsync(TenantWork work, CancellationToken cancellation)
    {
        var counts = await work.QueryAsync(
            $"select {Count(JobStatus.Queued)}, {Count(JobStatus.Running)}, {Count(JobStatus.Failed)}, {Count(JobStatus.Dead)}",
            row => new JobCounts((int)row.GetInt64(0), (int)row.GetInt64(1), (int)row.GetInt64(2), (int)row.GetInt64(3), MostCounted),
            cancellation, work.Tenant);
        return counts[0];
    }

    private static string Count(JobStatus status) =>
        $"(select count(*) from (select from jobs where tenant_id = $1 {Where(status)} limit {MostCounted}) c)";
}
