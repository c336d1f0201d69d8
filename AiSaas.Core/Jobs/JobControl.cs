using AiSaas.Contracts.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Jobs;

/// <summary>Looks at jobs, cancels them, tries them again.</summary>
public sealed class JobControl
{
    private readonly TenantDatabase _database;
    private readonly JobDispatch _dispatch;
    private readonly Settlements _settlements;
    private readonly JobTrees _trees;
    private readonly ChangeSignals _signals;
    private readonly RedisClient _redis;
    private readonly JobViews _views;

    internal JobControl(
        TenantDatabase database, JobDispatch dispatch, Settlements settlements, JobTrees trees, ChangeSignals signals, RedisClient redis, JobViews views)
    {
        _database = database;
        _dispatch = dispatch;
        _settlements = settlements;
        _trees = trees;
        _signals = signals;
        _redis = redis;
        _views = views;
    }

    /// <returns>Null when the tenant has no such job.</returns>
    public async Task<JobInfo?> FindAsync(TenantId tenant, JobId job, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        var rows = await work.QueryAsync($"""
            select {JobReader.Columns("j.result")}, c.amount, c.active, c.succeeded, c.failed, c.dead, c.canceled
            from jobs j cross join lateral (
                select count(*) as amount, count(*) filter (where k.status in ('queued', 'running', 'waiting')) as active,
                    count(*) filter (where k.status = 'succeeded') as succeeded, count(*) filter (where k.status = 'failed') as failed,
                    count(*) filter (where k.status = 'dead') as dead, count(*) filter (where k.status = 'canceled') as canceled
                from jobs k where k.tenant_id = $2 and k.parent_id = j.id) c
            where j.id = $1 and j.tenant_id = $2
            """, JobRows.ReadDetail, cancellation, job, tenant);
        return rows is [var found] ? await _views.ShowAsync(work, found, cancellation) : null;
    }

    /// <summary>Cancels a job and all jobs below it: queued ones at once, running ones within a second. A settled one stays as it is.</summary>
    /// <param name="tenant">Whose job it is.</param>
    /// <param name="job">The job.</param>
    /// <param name="reason">For the handler and the record: <c>stop</c>, <c>cancel</c>, <c>deleted</c>.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>The job's status after this; null when the tenant has no such job.</returns>
    public async Task<JobStatus?> CancelAsync(TenantId tenant, JobId job, string reason, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        var status = await CancelAsync(work, job, reason, cancellation);
        await work.CommitAsync(cancellation);
        return status;
    }

    /// <summary>The same within a transaction of the caller: for deleting what a job works on.</summary>
    public async Task<JobStatus?> CancelAsync(TenantWork work, JobId job, string reason, CancellationToken cancellation)
    {
        if (await LockAsync(work, job, cancellation) is not { } found)
        {
            return null;
        }

        if (found.Status.IsSettled())
        {
            return found.Status;
        }

        await CancelAsync(work, [.. await JobTrees.DescendantsAsync(work, job, cancellation), found], reason, cancellation);
        return found.Status == JobStatus.Running ? JobStatus.Running : JobStatus.Canceled;
    }

    /// <summary>Queues a failed, dead or canceled job again, with all its attempts.</summary>
    public async Task<RetryAnswer> RetryAsync(TenantId tenant, JobId job, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        if (await LockAsync(work, job, cancellation) is not { } found)
        {
            return RetryAnswer.NotFound;
        }

        if (found.Status is not (JobStatus.Failed or JobStatus.Dead or JobStatus.Canceled)
            || !await _settlements.ReopenAsync(work, found, cancellation))
        {
            return RetryAnswer.Refused;
        }

        try
        {
            var ready = await work.QueryAsync("""
                update jobs set status = 'queued', attempts = 0, progress = 0, stage = null, error_code = null, error_detail = null,
                    cancel_reason = null, finished_at = null, run_at = now(), check_at = now() + interval '2 seconds'
                where id = $1 returning id, tenant_id, queue, priority, run_at, lane
                """, row => JobRows.ReadReady(row) with { IsDue = true }, cancellation, job);
            work.OnCommitted(committed => _dispatch.TryPushAsync(ready, committed));
            await work.CommitAsync(cancellation);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Another job with the same dedupe key is active.
            return RetryAnswer.Refused;
        }

        return RetryAnswer.Queued;
    }

    // All of them are locked and active.
    private async Task CancelAsync(TenantWork work, IReadOnlyList<SettledJob> jobs, string reason, CancellationToken cancellation)
    {
        await work.ExecuteAsync("""
            update jobs set cancel_reason = coalesce(cancel_reason, $2),
                status = case when status = 'running' then status else 'canceled' end,
                finished_at = case when status = 'running' then null else now() end
            where id = any ($1)
            """, cancellation, jobs.Select(job => job.Id.Value).ToArray(), reason);
        foreach (var idle in jobs.Where(job => job.Status != JobStatus.Running))
        {
            await _settlements.SettleAsync(work, idle with { Status = JobStatus.Canceled, CancelReason = reason }, cancellation);
        }

        work.OnCommitted(async committed =>
        {
            foreach (var job in jobs)
            {
                if (job.Status == JobStatus.Running)
                {
                    _redis.Publish(JobKeys.Cancel, $"{job.Id}/{reason}");
                }
                else
                {
                    _signals.Changed(work.Tenant, job.Id.Value);
                }
            }

            await _trees.WakeAsync([.. jobs.Select(job => job.Parent).OfType<JobId>().Distinct()], committed);
        });
    }

    private static async Task<SettledJob?> LockAsync(TenantWork work, JobId job, CancellationToken cancellation)
    {
        var rows = await work.QueryAsync("""
            select id, tenant_id, kind, status, fence, payload, error_code, error_detail, cancel_reason, parent_id
            from jobs where id = $1 and tenant_id = $2 for update
            """, JobRows.ReadSettled, cancellation, job, work.Tenant);
        return rows is [var found] ? found : null;
    }
}

public enum RetryAnswer
{
    Queued,

    /// <summary>The tenant has no such job.</summary>
    NotFound,

    /// <summary>It is active or has succeeded, or its kind can't be repeated.</summary>
    Refused,
}
