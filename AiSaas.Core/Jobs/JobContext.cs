using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Core.Jobs;

/// <summary>One attempt at a job, under a lease.</summary>
/// <remarks>The <see cref="Fence"/> grows with every lease of the job. Whatever is written through <see cref="CompleteAsync"/>
/// or <see cref="FencedAsync"/> is written only while it is the newest, so a worker that froze and came back changes nothing.</remarks>
public sealed class JobContext
{
    private readonly TenantDatabase _database;
    private readonly JobLease _lease;

    internal JobContext(JobLease lease, TenantDatabase database, IServiceProvider services)
    {
        _lease = lease;
        _database = database;
        Services = services;
    }

    public JobId JobId => _lease.Id;

    public TenantId Tenant => _lease.Tenant;

    public string Kind => _lease.Kind;

    /// <summary>1 for the first.</summary>
    public int Attempt => _lease.Attempt;

    public bool IsLastAttempt => _lease.Attempt >= _lease.MaxAttempts;

    /// <summary>The millisecond of the lease, or a little more where the clock went back: each lease's is greater than the last one's.</summary>
    public long Fence => _lease.Fence;

    /// <summary>Whether nobody has had the job before, as far as the database knows.</summary>
    public bool IsFirstLease => _lease.StartedAt.ToUnixTimeMilliseconds() == _lease.Fence;

    public DateTimeOffset CreatedAt => _lease.CreatedAt;

    /// <summary>UTF-8 JSON as submitted.</summary>
    public ReadOnlyMemory<byte> Payload => _lease.Payload;

    /// <summary>The attempt's own scope.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Why the job was canceled, once it was: <c>stop</c>, <c>cancel</c>, …</summary>
    public string? CancelReason => _lease.CancelReason;

    /// <exception cref="JsonException">The payload is not of this shape.</exception>
    public T Read<T>(JsonTypeInfo<T> shape) =>
        JsonSerializer.Deserialize(Payload.Span, shape) ?? throw new JsonException($"The payload of {Kind} job {JobId} is null.");

    /// <summary>Shows how far the job is. Kept in memory and written with the next heartbeat (≤ 1 s), so call it as often as you like.</summary>
    /// <param name="progress">0 to 1.</param>
    /// <param name="stage">A word for people and the API; null keeps the last.</param>
    public void ReportProgress(double progress, string? stage = null) => _lease.ReportProgress(progress, stage);

    /// <summary>Keeps a line with the job, for whoever looks at it: what was done and why, never what the work is about.
    /// At most 200 lines of 500 characters a job; the older ones go first. Written within a second or two.</summary>
    public void Log(string message) =>
        _lease.Lines.Add(new(JobId, Services.GetRequiredService<TimeProvider>().GetUtcNow(), Attempt, ByWorker: false, message));

    /// <summary>Runs <paramref name="effects"/> and completes the job in one transaction, or neither.</summary>
    /// <exception cref="LeaseLostException">Somebody else has the job: nothing was written.</exception>
    public async Task CompleteAsync(
        Func<TenantWork, CancellationToken, Task> effects, string? resultJson, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(Tenant, cancellation);
        await effects(work, cancellation);
        _lease.IsEnding = true;
        try
        {
            int held = await work.ExecuteAsync("""
                update jobs set status = 'succeeded', progress = 1, result = $4, error_code = null, error_detail = null,
                    lease_until = null, finished_at = now()
                where id = $1 and fence = $2 and worker = $3 and status = 'running'
                returning app.jobs_ended(array[id], array[tenant_id])
                """, cancellation, JobId, Fence, _lease.Worker, SqlParameter.Json(resultJson));
            ThrowUnless(held == 1);
            await work.CommitAsync(cancellation);
            _lease.Ended = JobStatus.Succeeded;
        }
        finally
        {
            _lease.IsEnding = _lease.Ended is not null;
        }
    }

    /// <summary>Runs <paramref name="effects"/>, which submit jobs with <see cref="NewJob.Parent"/>, and lets this one wait for them,
    /// in one transaction. Return <see cref="JobOutcome.Waiting"/> then: the handler runs anew, as the same attempt, once all
    /// children have ended, however they did; see <see cref="CountChildrenAsync"/>.</summary>
    /// <exception cref="LeaseLostException">Somebody else has the job: nothing was written.</exception>
    /// <exception cref="OperationCanceledException">The job was canceled meanwhile: nothing was written.</exception>
    public async Task AwaitChildrenAsync(Func<TenantWork, CancellationToken, Task> effects, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(Tenant, cancellation);
        await effects(work, cancellation);
        _lease.IsEnding = true;
        try
        {
            // A cancel that got the row first could not see the children.
            var held = await work.QueryAsync("""
                update jobs set status = case when cancel_reason is null then 'waiting' else status end,
                    worker = case when cancel_reason is null then null else worker end,
                    lease_until = case when cancel_reason is null then null else lease_until end,
                    attempts = case when cancel_reason is null then greatest(0, attempts - 1) else attempts end
                where id = $1 and fence = $2 and worker = $3 and status = 'running' returning cancel_reason
                """, row => row.IsDBNull(0) ? null : row.GetString(0), cancellation, JobId, Fence, _lease.Worker);
            ThrowUnless(held.Count == 1);
            if (held is [{ } reason])
            {
                _lease.CancelReason = reason;
                throw new OperationCanceledException($"{Kind} job {JobId} was canceled: {reason}.");
            }

            await work.CommitAsync(cancellation);
            _lease.Ended = JobStatus.Waiting;
        }
        finally
        {
            _lease.IsEnding = _lease.Ended is not null;
        }
    }

    /// <summary>How this job's children stand.</summary>
    public async Task<ChildCounts> CountChildrenAsync(CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(Tenant, cancellation);
        var counts = await work.QueryAsync(
            "select status, count(*) from jobs where tenant_id = $1 and parent_id = $2 group by status",
            row => (Status: JobStatusNames.Parse(row.GetString(0)), Count: (int)row.GetInt64(1)), cancellation, Tenant, JobId);
        return new(
            counts.Sum(group => group.Count), Of(JobStatus.Succeeded), Of(JobStatus.Failed), Of(JobStatus.Dead), Of(JobStatus.Canceled));

        int Of(JobStatus status) => counts.Find(group => group.Status == status).Count;
    }

    /// <summary>Runs <paramref name="effects"/> in a transaction that commits only under the lease: for checkpoints on the way.</summary>
    /// <exception cref="LeaseLostException">Somebody else has the job: nothing was written.</exception>
    public async Task FencedAsync(Func<TenantWork, CancellationToken, Task> effects, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(Tenant, cancellation);
        await effects(work, cancellation);
        bool held = await work.ScalarAsync<bool>(
            "select true from jobs where id = $1 and fence = $2 and worker = $3 and status = 'running' for update",
            cancellation, JobId, Fence, _lease.Worker);
        ThrowUnless(held);
        await work.CommitAsync(cancellation);
    }

    // The check comes last in the transaction: it locks the row until the commit that follows at once, so a worker
    // that freezes in the middle of its effects keeps nobody from taking the job over.
    private void ThrowUnless(bool held)
    {
        if (!held)
        {
            throw new LeaseLostException($"{Kind} job {JobId}", Fence);
        }
    }
}
