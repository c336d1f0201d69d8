using AiSaas.Contracts.Common;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs;

/// <summary>Does the work of one kind of job. Registered with <c>services.AddJobHandler&lt;T&gt;(kind)</c>; one scope, one instance per attempt.</summary>
public interface IJobHandler
{
    /// <summary>Runs one attempt. Effects go through <see cref="JobContext.CompleteAsync"/> or <see cref="JobContext.FencedAsync"/>.</summary>
    /// <param name="context">The job and its lease.</param>
    /// <param name="cancellation">Fires when the job is canceled, its lease is lost or the worker must go;
    /// let <see cref="OperationCanceledException"/> pass, the worker knows which it was.</param>
    Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation);
}

/// <summary>What a kind owes its own rows when a job ends without its handler's doing: failed, dead, canceled.
/// Registered in api and worker, since a queued job is canceled in the api.</summary>
public interface IJobSettlement
{
    /// <summary>The <see cref="JobKind.Name"/> it is for.</summary>
    string Kind { get; }

    /// <summary>Runs in the transaction that ends the job. Use <see cref="TenantWork.OnCommitted"/> for what must wait for the commit.</summary>
    Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation);

    /// <summary>Asked in the transaction that would queue a settled job again: false refuses.</summary>
    Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation);
}

/// <param name="Status">Failed, dead or canceled.</param>
/// <param name="Failure">Null when canceled.</param>
/// <param name="CancelReason">Null unless canceled: who asked for it, e.g. <c>stop</c>.</param>
public sealed record SettledJob(
    JobId Id, TenantId Tenant, string Kind, JobStatus Status, long Fence, ReadOnlyMemory<byte> Payload, Failure? Failure, string? CancelReason)
{
    /// <summary>Who waits for it.</summary>
    internal JobId? Parent { get; init; }
}
