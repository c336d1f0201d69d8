using System.Collections.Concurrent;
using System.Diagnostics;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using AiSaas.Ingestion.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Bench.Queue;

/// <summary>Our side of the cases. Each leaves the queue empty.</summary>
internal sealed class QueueCases(QueueStage stage)
{
    private static readonly byte[] Payload = """{"n":1}"""u8.ToArray();
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    /// <returns>Seconds.</returns>
    public async Task<double> BulkAsync(int jobs, CancellationToken cancellation)
    {
        var tenant = await stage.TenantAsync(cancellation);
        long since = Stopwatch.GetTimestamp();
        await FillAsync(tenant, jobs, cancellation);
        double took = Stopwatch.GetElapsedTime(since).TotalSeconds;
        await stage.ClearAsync(cancellation);
        return took;
    }

    /// <summary>One by one, each durable before the next of its caller.</summary>
    public async Task<double> AddAsync(int jobs, int callers, CancellationToken cancellation)
    {
        var tenant = await stage.TenantAsync(cancellation);
        int left = jobs;
        long since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(
            async () =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    await stage.Jobs.SubmitAsync(tenant, Job(), cancellation);
                }
            },
            cancellation)));
        double took = Stopwatch.GetElapsedTime(since).TotalSeconds;
        await stage.ClearAsync(cancellation);
        return took;
    }

    /// <summary>From a worker's start to the commit of the last.</summary>
    public async Task<double> DrainAsync(int jobs, int concurrency, CancellationToken cancellation)
    {
        await FillAsync(await stage.TenantAsync(cancellation), jobs, cancellation);
        int left = jobs;
        TaskCompletionSource ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var worker = stage.Worker(concurrency, _ =>
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                ran.SetResult();
            }

            return JobOutcome.Done;
        });
        var keeper = worker.Services.GetRequiredService<LeaseKeeper>();
        long since = Stopwatch.GetTimestamp();
        await worker.StartAsync(cancellation);
        await ran.Task.WaitAsync(Deadline, TimeProvider.System, cancellation);
        while (keeper.Active.Count > 0)
        {
            await Task.Yield();
        }

        double took = Stopwatch.GetElapsedTime(since).TotalSeconds;
        await worker.StopAsync(cancellation);
        await stage.ClearAsync(cancellation);
        return took;
    }

    /// <summary>Milliseconds from submitting to the handler's start, the worker being idle.</summary>
    public async Task<double[]> PickupAsync(int jobs, int concurrency, CancellationToken cancellation)
    {
        var tenant = await stage.TenantAsync(cancellation);
        double[] waits;
        await using (var quiet = await Listener.StartAsync(stage, concurrency, cancellation))
        {
            waits = await quiet.AskAsync(tenant, jobs, TimeSpan.FromMilliseconds(2), cancellation);
        }

        await stage.ClearAsync(cancellation);
        return waits;
    }

    /// <summary>The same beside a tenant that has <paramref name="crowd"/> jobs queued when it begins.</summary>
    public async Task<(double[] Waits, int Left)> BesideAsync(int jobs, int crowd, int concurrency, CancellationToken cancellation)
    {
        var (tenant, noisy) = (await stage.TenantAsync(cancellation), await stage.TenantAsync(cancellation));
        await FillAsync(noisy, crowd, cancellation);
        double[] waits;
        int left;
        await using (var quiet = await Listener.StartAsync(stage, concurrency, cancellation))
        {
            waits = await quiet.AskAsync(tenant, jobs, TimeSpan.FromMilliseconds(2), cancellation);
            left = crowd - quiet.Others;
        }

        await stage.ClearAsync(cancellation);
        return (waits, left);
    }

    public async Task FillAsync(TenantId tenant, int jobs, CancellationToken cancellation)
    {
        await using var work = await stage.Database.BeginAsync(tenant, cancellation);
        await stage.Jobs.EnqueueAllAsync(work, [.. Enumerable.Range(0, jobs).Select(_ => Job())], cancellation);
        await work.CommitAsync(cancellation);
    }

    private static NewJob Job() => new(JobKind.Ingest, Payload);

    /// <summary>A worker that tells when it begins with a job.</summary>
    private sealed class Listener : IAsyncDisposable
    {
        private readonly QueueStage _stage;
        private readonly ConcurrentDictionary<JobId, TaskCompletionSource<long>> _asked = new();
        private readonly Microsoft.Extensions.Hosting.IHost _worker;
        private int _others;

        private Listener(QueueStage stage, int concurrency)
        {
            _stage = stage;
            _worker = stage.Worker(concurrency, Run);
        }

        public int Others => Volatile.Read(ref _others);

        public static async Task<Listener> StartAsync(QueueStage stage, int concurrency, CancellationToken cancellation)
        {
            Listener listener = new(stage, concurrency);
            await listener._worker.StartAsync(cancellation);
            return listener;
        }

        public async Task<double[]> AskAsync(TenantId tenant, int jobs, TimeSpan pause, CancellationToken cancellation)
        {
            const int WarmUps = 20;
            List<double> waits = [];
            for (int asked = 0; asked < jobs + WarmUps; asked++)
            {
                var job = Job();
                var begun = _asked[job.Id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
                long since = Stopwatch.GetTimestamp();
                await _stage.Jobs.SubmitAsync(tenant, job, cancellation);
                long at = await begun.Task.WaitAsync(Deadline, TimeProvider.System, cancellation);
                if (asked >= WarmUps)
                {
                    waits.Add(Stopwatch.GetElapsedTime(since, at).TotalMilliseconds);
                }

                await Task.Delay(pause, TimeProvider.System, cancellation);
            }

            return [.. waits];
        }

        public async ValueTask DisposeAsync()
        {
            await _worker.StopAsync();
            _worker.Dispose();
        }

        private JobOutcome Run(JobContext job)
        {
            if (_asked.TryRemove(job.JobId, out var asked))
            {
                asked.SetResult(Stopwatch.GetTimestamp());
            }
            else
            {
                Interlocked.Increment(ref _others);
            }

            return JobOutcome.Done;
        }
    }
}
