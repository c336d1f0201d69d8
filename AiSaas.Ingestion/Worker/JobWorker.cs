using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Worker;

/// <summary>The worker: serves its queues until it is told to go, then drains.</summary>
/// <remarks>Going: 1. claim nothing more; 2. let running jobs finish, for as long as <see cref="WorkerOptions.Drain"/>;
/// 3. stop the rest and give them back, so that another worker takes them at once; 4. last of all stop the heartbeat.</remarks>
internal sealed partial class JobWorker(
    JobSource source, JobDispatch dispatch, LeaseKeeper keeper, JobRunner runner, OutcomeWriter outcomes, Sweeper sweeper, AttemptLog attempts,
    Calendar calendar, JobRetention retention, MemoryGuard memory, ChangeSignals signals, TimeProvider clock, IOptions<WorkerOptions> options,
    ILogger<JobWorker> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan GivingBack = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _claiming = new();
    private readonly CancellationTokenSource _keeping = new();
    private readonly List<Task> _claimers = [];
    private readonly List<Task> _keepers = [];
    private readonly List<QueueLoop> _loops = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _keepers.Add(LoopAsync("heartbeat", keeper.RunAsync, _keeping.Token));
        _keepers.Add(LoopAsync("places", keeper.RunPlacesAsync, _keeping.Token));
        _keepers.Add(LoopAsync("logs", attempts.RunAsync, _keeping.Token));
        _claimers.Add(LoopAsync("sweep", sweeper.RunAsync, _claiming.Token));
        _claimers.Add(LoopAsync("calendar", calendar.RunAsync, _claiming.Token));
        _claimers.Add(LoopAsync("retention", retention.RunAsync, _claiming.Token));
        foreach (string queue in options.Value.QueueNames)
        {
            QueueLoop loop = new(queue, options.Value.ConcurrencyOf(queue), source, dispatch, keeper, runner, signals, clock);
            _loops.Add(loop);
            _claimers.Add(LoopAsync(queue, loop.RunAsync, _claiming.Token));
        }

        Log.Serving(logger, options.Value.Queues, keeper.Worker);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _claiming.CancelAsync();
        await Task.WhenAll(_claimers);
        await WaitForAsync(keeper.Active, memory.IsTripped ? GivingBack : options.Value.Drain, cancellationToken);
        var rest = keeper.Active;
        foreach (var job in rest)
        {
            job.Stop(memory.IsTripped ? StopReason.OutOfMemory : StopReason.Draining);
        }

        await WaitForAsync(rest, GivingBack, CancellationToken.None);
        foreach (var job in keeper.Active)
        {
            // It doesn't listen. Its fence will refuse whatever it still writes.
            Log.Stubborn(logger, job.Lease.Kind, job.Lease.Id);
            using CancellationTokenSource limit = new(GivingBack, clock);
            await outcomes.ReleaseAsync(job.Lease, limit.Token);
        }

        await _keeping.CancelAsync();
        await Task.WhenAll(_keepers);
    }

    public void Dispose()
    {
        _claiming.Dispose();
        _keeping.Dispose();
    }

    private async Task WaitForAsync(IReadOnlyCollection<ActiveJob> jobs, TimeSpan limit, CancellationToken cancellation)
    {
        if (jobs.Count == 0)
        {
            return;
        }

        Log.Draining(logger, jobs.Count);
        using CancellationTokenSource timeout = new(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        await Task.WhenAll(jobs.Select(job => job.Finished)).WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A loop that dies would leave a worker that looks alive and does nothing: log, breathe, go on.
    private async Task LoopAsync(string name, Func<CancellationToken, Task> loop, CancellationToken stopping)
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await loop(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                Log.LoopFailed(logger, failure, name);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Serving queues {Queues} as worker {Worker}")]
        public static partial void Serving(ILogger logger, string queues, Guid worker);

        [LoggerMessage(LogLevel.Information, "Waiting for {Jobs} running jobs")]
        public static partial void Draining(ILogger logger, int jobs);

        [LoggerMessage(LogLevel.Warning, "{Kind} job {Job} did not stop; it is given back all the same")]
        public static partial void Stubborn(ILogger logger, string kind, JobId job);

        [LoggerMessage(LogLevel.Error, "The {Loop} loop failed and starts again")]
        public static partial void LoopFailed(ILogger logger, Exception failure, string loop);
    }
}
