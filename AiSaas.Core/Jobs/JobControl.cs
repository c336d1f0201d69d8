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
    private readonly ChangeSignals _signals;
    private readonly RedisClient _redis;

    internal JobControl(TenantDatabase database, JobDispatch dispatch, Settlements settlements, ChangeSignals signals, RedisClient redis)
    {
        _database = database;
        _dispatch = dispatch;
        _settlements = settlements;
        _signals = signals;
        _redis = redis;
    }

    /// <returns>Null when the tenant has no such job.</returns>
    public async Task<JobInfo?> FindAsync(TenantId tenant, JobId job, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        var rows = await work.QueryAsync("""
            select id, kind, status, progress, attempts, result, error_code, error_detail, created_at, started_at, finished_at
            from jobs where id = $1 and tenant_id = $2
            """, JobRows.ReadInfo, cancellation, job, tenant);
        return rows is [var found] ? found : null;
    }

    /// <summary>Cancels: a queued job at once, a running one within a second. A settled one stays as it is.</summary>
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

        switch (found.Status)
        {
            case JobStatus.Queued:
                var canceled = found with { Status = JobStatus.Canceled, CancelReason = reason };
                await work.ExecuteAsync(
                    "update jobs set status = 'canceled', cancel_reason = $2, finished_at = now() where id = $1",
                    cancellation, job, reason);
                await _settlements.SettleAsync(work, canceled, cancellation);
                work.OnCommitted(_ => Signal(work.Tenant, job));
                return JobStatus.Canceled;

            case JobStatus.Running:
                await work.ExecuteAsync(
                    "update jobs set cancel_reason = coalesce(cancel_reason, $2) where id = $1", cancellation, job, reason);
                work.OnCommitted(_ =>
                {
                    _redis.Publish(JobKeys.Cancel, $"{job}/{reason}");
                    return Task.CompletedTask;
                });
                return JobStatus.Running;

            default:
                return found.Status;
        }
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
                where id = $1 returning id, tenant_id, queue, priority, run_at
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

    private static async Task<SettledJob?> LockAsync(TenantWork work, JobId job, CancellationToken cancellation)
    {
        var rows = await work.QueryAsync("""
            select id, tenant_id, kind, status, fence, payload, error_code, error_detail, cancel_reason
            from jobs where id = $1 and tenant_id = $2 for update
            """, JobRows.ReadSettled, cancellation, job, work.Tenant);
        return rows is [var found] ? found : null;
    }

    private Task Signal(TenantId tenant, JobId job)
    {
        _signals.Changed(tenant, job.Value);
        return Task.CompletedTask;
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
