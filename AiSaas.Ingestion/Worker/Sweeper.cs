using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace AiSaas.Ingestion.Worker;

/// <summary>Makes good for what got lost: jobs of dead workers, jobs that never reached Redis, a Redis that forgot everything.
/// Every worker sweeps, for all queues; Postgres lets one at a time through.</summary>
internal sealed partial class Sweeper(
    JobStore store, JobDispatch dispatch, JobTrees trees, LeaseKeeper keeper, AttemptLog attempts, RedisClient redis, TimeProvider clock,
    IOptions<WorkerOptions> options, ILogger<Sweeper> logger)
{
    private const int SweepBatch = 500;
    private const int FillBatch = 2000;

    // How much longer than a step of a long sweep the pause after it is.
    private const int Breath = 4;

    private int _doubt;

    public async Task RunAsync(CancellationToken stopping)
    {
        redis.Restored += Doubt;
        try
        {
            while (true)
            {
                await SafelyAsync(SweepAsync, stopping);
                await SafelyAsync(FillAsync, stopping);
                // Workers that started together don't stay in step.
                await Task.Delay(options.Value.Sweep * (0.75 + (Random.Shared.NextDouble() / 2)), clock, stopping);
            }
        }
        finally
        {
            redis.Restored -= Doubt;
        }
    }

    /// <summary>Puts back expired leases and hands to Redis what it may not know.</summary>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        List<SweptJob> swept;
        while (true)
        {
            long since = clock.GetTimestamp();
            swept = await store.SweepAsync(SweepBatch, cancellation);
            int expired = swept.Count(job => job.LeaseExpired);
            if (expired > 0)
            {
                Log.PutBack(logger, expired);
                await attempts.WentSilentAsync([.. swept.Where(job => job.LeaseExpired).Select(job => job.Job.Id)], cancellation);
            }

            if (swept.Count > 0)
            {
                await dispatch.PushAsync([.. swept.Select(job => job.Job)], cancellation);
            }

            if (swept.Count < SweepBatch)
            {
                break;
            }

            if (expired == 0)
            {
                // A long queue, all of which Redis most likely knows: looking it through must not slow down working it off.
                await Task.Delay(clock.GetElapsedTime(since) * Breath, clock, cancellation);
            }
        }

        await trees.SweepAsync(cancellation);
    }

    /// <summary>Fills queues that Redis has lost from Postgres.</summary>
    public async Task FillAsync(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _doubt, 0) == 1)
        {
            foreach (string queue in JobQueues.All)
            {
                await dispatch.DoubtAsync(queue, cancellation);
            }
        }

        foreach (string queue in JobQueues.All)
        {
            if (await dispatch.ShouldFillAsync(queue, keeper.Worker, cancellation))
            {
                await FillAsync(queue, cancellation);
            }
        }
    }

    private async Task FillAsync(string queue, CancellationToken cancellation)
    {
        int filled = 0;
        List<ReadyJob> page;
        JobId last = default;
        do
        {
            page = await store.QueuedAsync(queue, last, FillBatch, cancellation);
            if (page.Count > 0)
            {
                await dispatch.PushAsync(page, cancellation);
                last = page[^1].Id;
                filled += page.Count;
            }

            if (!await dispatch.FilledAsync(queue, keeper.Worker, complete: page.Count < FillBatch, cancellation))
            {
                // Emptied again under our hands, or we were too slow: the next sweep begins anew.
                return;
            }
        }
        while (page.Count == FillBatch);

        if (filled > 0)
        {
            Log.Filled(logger, queue, filled);
        }
    }

    private async Task SafelyAsync(Func<CancellationToken, Task> step, CancellationToken stopping)
    {
        try
        {
            await step(stopping);
        }
        catch (RedisUnavailableException failure)
        {
            // While Redis is away, workers lease from Postgres directly; when it is back, it is filled.
            Log.NoRedis(logger, failure.Message);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            Log.NoDatabase(logger, failure.Message);
        }
    }

    // A server that was away may have come back without its last second, or with nothing.
    private void Doubt(object? sender, ConnectionFailedEventArgs restored) => Interlocked.Exchange(ref _doubt, 1);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Put back {Jobs} jobs of silent workers")]
        public static partial void PutBack(ILogger logger, int jobs);

        [LoggerMessage(LogLevel.Information, "Filled queue {Queue} in Redis with {Jobs} jobs from Postgres")]
        public static partial void Filled(ILogger logger, string queue, int jobs);

        [LoggerMessage(LogLevel.Debug, "Sweep without Redis: {Reason}")]
        public static partial void NoRedis(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Warning, "Sweep failed: {Reason}")]
        public static partial void NoDatabase(ILogger logger, string reason);
    }
}
