using AiSaas.Core.Jobs;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Worker;

/// <summary>Runs a handler, but not for ever.</summary>
/// <remarks>
/// 1. After its kind's time limit the attempt is told to stop, and is tried again as timed out. 2. Whoever was told to stop, for whatever
/// reason, has <see cref="WorkerOptions.Grace"/> to do so. 3. A handler that doesn't is left behind: its slot is free and its job goes on
/// elsewhere, while the fence refuses whatever it still writes. 4. A process that has left behind too many drains and ends; whoever
/// watches over it starts a clean one.
/// </remarks>
internal sealed partial class BoundedAttempt(
    IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, TimeProvider clock, IOptions<WorkerOptions> options, ILogger<BoundedAttempt> logger)
{
    private int _leftBehind;

    /// <summary>Handlers that were told to stop and have not.</summary>
    public int LeftBehind => Volatile.Read(ref _leftBehind);

    /// <exception cref="AttemptAbandonedException">The handler runs on, without its job.</exception>
    public async Task<JobOutcome> RunAsync(JobHandlerEntry entry, ActiveJob job, Func<IServiceProvider, JobContext> context)
    {
        var scope = scopes.CreateAsyncScope();
        // On a thread of its own choice: a handler that computes before its first await must not hold up its own limit.
        var running = Task.Run(() => entry.Create(scope.ServiceProvider).RunAsync(context(scope.ServiceProvider), job.Stopping), CancellationToken.None);
        await using (clock.CreateTimer(_ => job.Stop(StopReason.TimedOut), null, options.Value.LimitOf(entry.Kind), Timeout.InfiniteTimeSpan))
        {
            if (!await EndsAsync(running, job))
            {
                LeaveBehind(entry.Kind, job, running, scope);
                throw new AttemptAbandonedException(entry.Kind);
            }
        }

        await using (scope)
        {
            return await running;
        }
    }

    private async Task<bool> EndsAsync(Task running, ActiveJob job)
    {
        if (running.IsCompleted)
        {
            return true;
        }

        using CancellationTokenSource graceOver = new();
        await using var stopping = job.Stopping.Register(() => graceOver.CancelAfter(options.Value.Grace));
        await running.WaitAsync(graceOver.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return running.IsCompleted;
    }

    private void LeaveBehind(JobKind kind, ActiveJob job, Task running, AsyncServiceScope scope)
    {
        int all = Interlocked.Increment(ref _leftBehind);
        Log.LeftBehind(logger, kind.Name, job.Lease.Id, job.Reason, all);
        running.ContinueWith(
            async _ =>
            {
                Interlocked.Decrement(ref _leftBehind);
                await scope.DisposeAsync();
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (all >= options.Value.MostLeftBehind)
        {
            Log.Tainted(logger, all);
            lifetime.StopApplication();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Kind} job {Job} was told to stop ({Reason}) and did not; it is left behind, as {All} in all")]
        public static partial void LeftBehind(ILogger logger, string kind, JobId job, StopReason reason, int all);

        [LoggerMessage(LogLevel.Critical, "{All} handlers run on that were told to stop: this worker drains and ends, to be started anew")]
        public static partial void Tainted(ILogger logger, int all);
    }
}

/// <summary>The handler didn't stop when it was told to.</summary>
internal sealed class AttemptAbandonedException(JobKind kind) : Exception($"The handler of {kind.Name} jobs did not stop when it was told to.");
