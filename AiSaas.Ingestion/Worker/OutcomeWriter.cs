using AiSaas.Contracts.Common;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;

namespace AiSaas.Ingestion.Worker;

/// <summary>Writes how an attempt ended, under its fence: a lease that was lost meanwhile turns every write into nothing.</summary>
/// <remarks>Whatever settles jobs calls <c>app.jobs_ended(ids, tenants)</c> in the same transaction, so that webhooks hear of it; here that is
/// part of the statement, a failed or canceled job's is in <see cref="Settlements"/>.</remarks>
internal sealed class OutcomeWriter : IDisposable
{
    private const int LargestStep = 500;
    private const int MostWaiting = 100_000;

    private readonly TenantDatabase _database;
    private readonly JobStore _store;
    private readonly JobDispatch _dispatch;
    private readonly Settlements _settlements;
    private readonly ChangeSignals _signals;
    private readonly LeaseKeeper _keeper;
    private readonly AttemptLog _attempts;
    private readonly Gathering<(JobLease Lease, string? ResultJson), JobStatus?> _completing;

    public OutcomeWriter(
        TenantDatabase database, JobStore store, JobDispatch dispatch, Settlements settlements, ChangeSignals signals, LeaseKeeper keeper,
        AttemptLog attempts)
    {
        (_database, _store, _dispatch, _settlements, _signals, _keeper, _attempts) =
            (database, store, dispatch, settlements, signals, keeper, attempts);
        _completing = new(CompleteAsync, LargestStep, MostWaiting);
    }

    private const string Held = "id = $1 and fence = $2 and worker = $3 and status = 'running'";

    /// <returns>What the job has become; null when the lease was lost.</returns>
    public async Task<JobStatus?> WriteAsync(JobLease lease, JobOutcome outcome, CancellationToken cancellation) => outcome switch
    {
        JobOutcome.Succeeded done => await SucceedAsync(lease, done.ResultJson, cancellation),
        JobOutcome.Retry retry when lease.Attempt < lease.MaxAttempts => await RetryAsync(lease, retry, cancellation),
        JobOutcome.Retry retry => await SettleAsync(lease, JobStatus.Dead, retry.Failure, cancellation),
        JobOutcome.Failed failed => await SettleAsync(lease, JobStatus.Failed, failed.Failure, cancellation),
        JobOutcome.Yielded => await YieldAsync(lease, cancellation),
        JobOutcome.Canceled => await SettleAsync(lease, JobStatus.Canceled, null, cancellation),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    /// <summary>Gives the job back untouched, for another worker to take at once.</summary>
    public async Task ReleaseAsync(JobLease lease, CancellationToken cancellation)
    {
        lease.IsEnding = true;
        var ready = await _store.ReleaseAsync([lease], _keeper.Worker, cancellation);
        await _dispatch.TryPushAsync(ready, cancellation);
    }

    public void Dispose() => _completing.Dispose();

    private Task<JobStatus?> SucceedAsync(JobLease lease, string? resultJson, CancellationToken cancellation)
    {
        lease.IsEnding = true;
        return _completing.DoAsync((lease, resultJson), cancellation).WaitAsync(cancellation);
    }

    // The jobs of this process that succeed at the same time, whoever's they are.
    private async Task<IReadOnlyList<JobStatus?>> CompleteAsync(IReadOnlyList<(JobLease Lease, string? ResultJson)> done)
    {
        var completed = await _store.CompleteAsync(done, _keeper.Worker, CancellationToken.None);
        _signals.Changed([.. done.Select(job => (job.Lease.Tenant, job.Lease.Id.Value))]);
        return [.. done.Select(job => completed.Contains(job.Lease.Id) ? JobStatus.Succeeded : (JobStatus?)null)];
    }

    private async Task<JobStatus?> RetryAsync(JobLease lease, JobOutcome.Retry retry, CancellationToken cancellation)
    {
        lease.IsEnding = true;
        var pause = RetryPolicy.Pause(retry.Class, lease.Attempt, retry.After, Random.Shared.NextDouble());
        await using var work = await _database.BeginAsync(lease.Tenant, cancellation);
        var ready = await work.QueryAsync($"""
            update jobs set status = 'queued', worker = null, lease_until = null, error_code = $4, error_detail = $5,
                run_at = now() + $6, check_at = now() + $6 + interval '2 seconds' where {Held}
            returning id, tenant_id, queue, priority, run_at, lane
            """, JobRows.ReadReady, cancellation, lease.Id, lease.Fence, lease.Worker, retry.Failure.Code, retry.Failure.Detail, pause);
        work.OnCommitted(committed => _dispatch.TryPushAsync(ready, committed));
        await work.CommitAsync(cancellation);
        if (ready.Count == 0)
        {
            return null;
        }

        _attempts.Pauses(lease, retry, pause);
        return JobStatus.Queued;
    }

    // Its time is now: among those of its priority it stands behind all that wait already.
    private async Task<JobStatus?> YieldAsync(JobLease lease, CancellationToken cancellation)
    {
        lease.IsEnding = true;
        await using var work = await _database.BeginAsync(lease.Tenant, cancellation);
        var ready = await work.QueryAsync($"""
            update jobs set status = 'queued', attempts = greatest(0, attempts - 1), worker = null, lease_until = null,
                run_at = now(), check_at = now() + interval '2 seconds' where {Held}
            returning id, tenant_id, queue, priority, run_at, lane
            """, row => JobRows.ReadReady(row) with { IsDue = true }, cancellation, lease.Id, lease.Fence, lease.Worker);
        work.OnCommitted(committed => _dispatch.TryPushAsync(ready, committed));
        await work.CommitAsync(cancellation);
        return ready.Count == 0 ? null : JobStatus.Queued;
    }

    private async Task<JobStatus?> SettleAsync(JobLease lease, JobStatus status, Failure? failure, CancellationToken cancellation)
    {
        lease.IsEnding = true;
        await using var work = await _database.BeginAsync(lease.Tenant, cancellation);
        var settled = await work.QueryAsync($"""
            update jobs set status = $4, lease_until = null, error_code = $5, error_detail = $6, cancel_reason = $7, finished_at = now()
            where {Held}
            returning id, tenant_id, kind, status, fence, payload, error_code, error_detail, cancel_reason, parent_id
            """, JobRows.ReadSettled, cancellation, lease.Id, lease.Fence, lease.Worker, status.Name(),
            SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, failure?.Code),
            SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, failure?.Detail),
            SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, status == JobStatus.Canceled ? lease.CancelReason ?? "handler" : null));
        if (settled is not [var job])
        {
            return null;
        }

        await _settlements.SettleAsync(work, job, cancellation);
        await work.CommitAsync(cancellation);
        return status;
    }
}
