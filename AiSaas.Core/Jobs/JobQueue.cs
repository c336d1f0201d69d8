using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs;

/// <summary>Submits, cancels and retries jobs.</summary>
public sealed class JobQueue
{
    /// <summary>Writes the job in the submitter's transaction (the outbox). When that commits, the job is handed to Redis;
    /// a crash or an absent Redis in between is healed by the workers' sweep.</summary>
    /// <returns>The job's id, or that of the active job with the same dedupe key.</returns>
    public Task<JobId> EnqueueAsync(TenantWork work, NewJob job, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Cancels: a queued job at once, a running one within a second. A settled one stays as it is.</summary>
    /// <param name="reason">For the handler and the record: <c>stop</c>, <c>cancel</c>, <c>deleted</c>.</param>
    /// <returns>The job's status after this; null when the tenant has no such job.</returns>
    public Task<JobStatus?> CancelAsync(TenantId tenant, JobId job, string reason, CancellationToken cancellation) => throw new NotImplementedException();
}
