using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;

namespace AiSaas.Ingestion.Worker;

/// <summary>Serves one queue: takes as many jobs as there are free slots, in batches, and never more, so that what waits
/// waits where any worker can take it.</summary>
/// <remarks>A batch is a quarter of the slots: while one is leased, others run or are completed, and a job that comes now waits for
/// a short statement, not for a long one.</remarks>
internal sealed class QueueLoop : IDisposable
{
    private const int LargestBatch = 256;
    private const int LargestStep = 500;
    private const int Busy = 16;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly string _queue;
    private readonly int _concurrency;
    private readonly int _batch;
    private readonly JobSource _source;
    private readonly JobDispatch _dispatch;
    private readonly LeaseKeeper _keeper;
    private readonly JobRunner _runner;
    private readonly ChangeSignals _signals;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _slots;

    // Null where nothing is limited.
    private readonly Gathering<Place, bool>? _freeing;

    public QueueLoop(
        string queue, int concurrency, JobSource source, JobDispatch dispatch, LeaseKeeper keeper, JobRunner runner, ChangeSignals signals,
        TimeProvider clock)
    {
        (_queue, _concurrency, _source, _dispatch, _keeper, _runner, _signals, _clock) =
            (queue, concurrency, source, dispatch, keeper, runner, signals, clock);
        _slots = new(concurrency);
        _batch = concurrency < Busy ? concurrency : Math.Clamp(concurrency / 4, Busy, LargestBatch);
        _freeing = dispatch.IsLimited(queue) ? new(FreeAsync, LargestStep, most: concurrency) : null;
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        Bell bell = new(_clock);
        await using var listening = await _dispatch.ListenAsync(_queue, bell.Ring, stopping);
        while (true)
        {
            int free = await TakeSlotsAsync(stopping);
            var pause = TimeSpan.Zero;
            try
            {
                var leased = await _source.NextAsync(_queue, free);
                pause = leased.Pause;
                foreach (var lease in leased.Jobs)
                {
                    Start(_keeper.Hold(lease));
                    free--;
                }

                if (leased.Jobs.Count > 0)
                {
                    _signals.Changed([.. leased.Jobs.Select(lease => (lease.Tenant, lease.Id.Value))]);
                }
            }
            finally
            {
                if (free > 0)
                {
                    _slots.Release(free);
                }
            }

            if (free > 0)
            {
                await bell.WaitAsync(pause, stopping);
            }
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        _freeing?.Dispose();
    }

    private async Task<int> TakeSlotsAsync(CancellationToken stopping)
    {
        await _slots.WaitAsync(stopping);
        int taken = 1;
        if (_concurrency >= Busy && _slots.CurrentCount < _concurrency / 4)
        {
            // Nearly all slots are taken: short jobs end in groups, and asking for each alone would cost more than running it.
            await Task.Delay(Moment, _clock, stopping);
        }

        while (taken < _batch && _slots.Wait(0, CancellationToken.None))
        {
            taken++;
        }

        return taken;
    }

    // The keeper knows the job from here on and awaits it when the worker drains. The handler gets a thread of its own: see BoundedAttempt.
    private void Start(ActiveJob job) => job.Running = RunAsync(job);

    private async Task RunAsync(ActiveJob job)
    {
        // Nothing escapes: the runner turns every exception into an outcome or a log entry.
        await using (job)
        {
            await _runner.RunAsync(job);
            if (_freeing is not null)
            {
                await _freeing.DoAsync(job.Lease.Place, CancellationToken.None);
            }

            _keeper.Release(job);
        }

        _slots.Release();
    }

    private async Task<IReadOnlyList<bool>> FreeAsync(IReadOnlyList<Place> places)
    {
        await _dispatch.FreeAsync(_queue, places);
        return new bool[places.Count];
    }
}
