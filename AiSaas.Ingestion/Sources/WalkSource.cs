using AiSaas.Contracts.Common;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Sources;

namespace AiSaas.Ingestion.Sources;

/// <summary>Sees a walk through to its end: hands out one turn after the other and waits for each, holding no slot meanwhile.</summary>
internal sealed class WalkSource(TenantDatabase database, JobQueue jobs) : IJobHandler
{
    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var source = context.Read(SourceJobJson.Default.SourceJob).Source;
        if (await LookAsync(context, source, cancellation) is not { } walk)
        {
            return new JobOutcome.Canceled();
        }

        if (walk.LastTurn is { } failure)
        {
            return new JobOutcome.Failed(failure);
        }

        context.ReportProgress(walk.Pages == 0 ? 0 : (double)(walk.Pages - walk.Waiting) / walk.Pages, "fetching");
        if (walk.NextAt is { } next)
        {
            await context.AwaitChildrenAsync(
                (work, token) => jobs.EnqueueAsync(
                    work, SourceJob.Pages(source) with { Parent = context.JobId, RunAt = next > walk.Now ? next : null }, token),
                cancellation);
            return new JobOutcome.Waiting();
        }

        await context.CompleteAsync((work, token) => FinishAsync(work, source, token), resultJson: null, cancellation);
        return JobOutcome.Done;
    }

    private async Task<Walk?> LookAsync(JobContext context, SourceId source, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(context.Tenant, cancellation);
        var found = await work.QueryAsync(
            """
            select p.due_at, now(), p.pages, p.waiting, c.status, c.error_code, c.error_detail
            from sources s
                cross join lateral (
                    select min(due_at) as due_at, count(*)::int as pages, count(*) filter (where due_at is not null)::int as waiting
                    from source_pages where tenant_id = $1 and source_id = $2) p
                left join lateral (
                    select status, error_code, error_detail from jobs where tenant_id = $1 and parent_id = $3 order by id desc limit 1) c on true
            where s.tenant_id = $1 and s.id = $2
            """,
            row => new Walk(
                row.IsDBNull(0) ? null : row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1), row.GetInt32(2), row.GetInt32(3),
                row.IsDBNull(4) || JobStatusNames.Parse(row.GetString(4)) == JobStatus.Succeeded ? null
                    : row.IsDBNull(5) ? new Failure("sources:canceled", "Fetching was canceled. It can be begun again.")
                    : new Failure(row.GetString(5), row.IsDBNull(6) ? row.GetString(5) : row.GetString(6))),
            cancellation, context.Tenant, source, context.JobId);
        return found is [var walk] ? walk : null;
    }

    // A site of which at least something could be read is a good one, whatever its first page says now.
    private static Task<int> FinishAsync(TenantWork work, SourceId source, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            update sources s set walked_at = now(), updated_at = now(), error_code = first.error_code, error_detail = first.error_detail,
                status = case when first.state in ('failed', 'skipped', 'gone') and not exists (
                    select from source_pages p where p.tenant_id = $1 and p.source_id = $2 and p.state = 'fetched') then 'failed' else 'ready' end
            from (select state, error_code, error_detail from source_pages
                where tenant_id = $1 and source_id = $2 and depth = 0 order by id limit 1) first
            where s.tenant_id = $1 and s.id = $2
            """,
            cancellation, work.Tenant, source);

    /// <param name="NextAt">When a page is due; null where none is left.</param>
    /// <param name="LastTurn">Why the last turn didn't end well.</param>
    private sealed record Walk(DateTimeOffset? NextAt, DateTimeOffset Now, int Pages, int Waiting, Failure? LastTurn);
}
