using System.Diagnostics;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;

namespace AiSaas.Ingestion.Worker;

/// <summary>Runs one attempt at a job and writes its outcome. Never throws.</summary>
internal sealed partial class JobRunner(
    BoundedAttempt bounded, IEnumerable<JobHandlerEntry> handlers, TenantDatabase database, OutcomeWriter outcomes, JobTrees trees,
    AttemptLog attempts, ChangeSignals signals, TimeProvider clock, ILogger<JobRunner> logger)
{
    // Writing an outcome outlives the attempt's own cancellation, but not by much: then the lease runs out.
    private static readonly TimeSpan WritingLimit = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, JobHandlerEntry> _handlers = handlers.ToDictionary(handler => handler.Kind.Name);

    public async Task RunAsync(ActiveJob job)
    {
        var lease = job.Lease;
        long started = clock.GetTimestamp();
        // Successes without effects are written, and told, in groups.
        bool isTold = false;
        using var span = StartSpan(lease);
        JobMetrics.Waited(lease, clock.GetUtcNow());
        try
        {
            attempts.Began(lease);
            var outcome = await AttemptAsync(job);
            var status = await WriteAsync(job, outcome);
            isTold = outcome is JobOutcome.Succeeded;
            attempts.Ended(lease, outcome, status, clock.GetElapsedTime(started));
            JobMetrics.Ended(lease, status, clock.GetElapsedTime(started));
            span?.SetTag("aisaas.job.status", status?.Name() ?? "lease-lost");
            await WakeAsync(lease, status);
        }
        catch (Exception failure)
        {
            // The outcome couldn't be written: the lease runs out, and the job is tried again.
            Log.NotWritten(logger, failure, lease.Kind, lease.Id);
            span?.SetStatus(ActivityStatusCode.Error, failure.Message);
        }

        if (!isTold)
        {
            signals.Changed(lease.Tenant, lease.Id.Value);
        }
    }

    /// <returns>Null when there is nothing to write: the handler has ended the job itself, or the lease is lost.</returns>
    private async Task<JobOutcome?> AttemptAsync(ActiveJob job)
    {
        var lease = job.Lease;
        if (lease.CancelReason is not null)
        {
            return new JobOutcome.Canceled();
        }

        if (lease.Attempt > lease.MaxAttempts)
        {
            return new JobOutcome.Retry(
                ErrorClass.Unexpected, new("jobs:interrupted", "The work was interrupted every time it was tried."));
        }

        if (!_handlers.TryGetValue(lease.Kind, out var entry))
        {
            return new JobOutcome.Retry(ErrorClass.Unavailable, new("jobs:no-handler", $"No worker here knows '{lease.Kind}' jobs."));
        }

        try
        {
            var outcome = await bounded.RunAsync(entry, job, services => new JobContext(lease, database, services));
            return lease.Ended is null ? outcome : null;
        }
        catch (Exception) when (lease.Ended is not null)
        {
            // What comes after the commit is decoration; the job is done.
            return null;
        }
        catch (LeaseLostException)
        {
            job.Stop(StopReason.LeaseLost);
            return null;
        }
        catch (Exception stopped) when (
            stopped is OperationCanceledException or AttemptAbandonedException && (job.Reason != StopReason.None || lease.CancelReason is not null))
        {
            return Stopped(job.Reason, lease);
        }
        catch (Exception failure)
        {
            Log.Threw(logger, failure, lease.Kind, lease.Id, lease.Attempt);
            attempts.Threw(lease, failure);
            Activity.Current?.SetStatus(ActivityStatusCode.Error, failure.Message);
            return new JobOutcome.Retry(
                RetryPolicy.Classify(failure), new("jobs:unexpected", "Something went wrong on our side."));
        }
    }

    private static JobOutcome Stopped(StopReason reason, JobLease lease) => reason switch
    {
        StopReason.TimedOut when lease.CancelReason is null => new JobOutcome.Retry(
            ErrorClass.Unavailable, new("jobs:timed-out", "The work took longer than it may and was stopped.")),
        StopReason.OutOfMemory => new JobOutcome.Retry(
            ErrorClass.Unavailable, new("jobs:out-of-memory", "The worker ran out of memory while it was at this.")),
        _ => new JobOutcome.Canceled(),
    };

    private async Task<JobStatus?> WriteAsync(ActiveJob job, JobOutcome? outcome)
    {
        if (outcome is null)
        {
            return job.Reason == StopReason.LeaseLost ? null : job.Lease.Ended;
        }

        using CancellationTokenSource limit = new(WritingLimit, clock);
        switch (outcome)
        {
            case JobOutcome.Canceled when job.Reason == StopReason.LeaseLost:
                return null;

            case JobOutcome.Canceled when job.Reason == StopReason.Draining:
                await outcomes.ReleaseAsync(job.Lease, limit.Token);
                return JobStatus.Queued;

            default:
                return await outcomes.WriteAsync(job.Lease, outcome, limit.Token);
        }
    }

    // A child that ends may be the last its parent waits for; a parent that begins to wait may have none.
    private async Task WakeAsync(JobLease lease, JobStatus? status)
    {
        JobId? parent = status == JobStatus.Waiting ? lease.Id : status?.IsSettled() is true ? lease.Parent : null;
        if (parent is { } waiting)
        {
            using CancellationTokenSource limit = new(WritingLimit, clock);
            await trees.WakeAsync([waiting], limit.Token);
        }
    }

    // The trace of whoever submitted the job goes on here.
    private static Activity? StartSpan(JobLease lease)
    {
        if (!JobQueue.Spans.HasListeners())
        {
            return null;
        }

        ActivityContext.TryParse(lease.TraceParent, null, isRemote: true, out var parent);
        var span = JobQueue.Spans.StartActivity($"job {lease.Kind}", ActivityKind.Consumer, parent);
        span?.SetTag("messaging.system", "aisaas");
        span?.SetTag("messaging.destination.name", lease.Queue);
        span?.SetTag("messaging.message.id", lease.Id.ToString());
        span?.SetTag("aisaas.job.attempt", lease.Attempt);
        span?.SetTag("aisaas.tenant", lease.Tenant.ToString());
        return span;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Kind} job {Job} threw on attempt {Attempt}")]
        public static partial void Threw(ILogger logger, Exception failure, string kind, JobId job, int attempt);

        [LoggerMessage(LogLevel.Error, "The outcome of {Kind} job {Job} could not be written; it will be tried again")]
        public static partial void NotWritten(ILogger logger, Exception failure, string kind, JobId job);
    }
}
