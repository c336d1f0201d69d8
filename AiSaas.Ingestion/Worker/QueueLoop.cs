using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;

namespace AiSaas.Ingestion.Worker;

/// <summary>Serves one queue: takes as many jobs as there are free slots, in batches, and never more, so that what waits
/// waits where any worker can take it.</summary>
internal sealed class QueueLoop(
    string queue, int concurrency, JobSource source, JobDispatch dispatch, LeaseKeeper keeper, JobRunner runner, TimeProvider clock) : IDisposable
{
    private const int LargestBatch = 64;

    private readonly SemaphoreSlim _slots = new(concurrency);

    public async Task RunAsync(CancellationToken stopping)
    {
        Bell bell = new(clock);
        await using var listening = await dispatch.ListenAsync(queue, bell.Ring, stopping);
        while (true)
        {
            int free = await TakeSlotsAsync(stopping);
            var pause = TimeSpan.Zero;
            try
            {
                var leased = await source.NextAsync(queue, free);
                pause = leased.Pause;
                foreach (var lease in leased.Jobs)
                {
                    Start(keeper.Hold(lease));
                    free--;
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

    public void Dispose() => _slots.Dispose();

    private async Task<int> TakeSlotsAsync(CancellationToken stopping)
    {
        await _slots.WaitAsync(stopping);
        int taken = 1;
        while (taken < LargestBatch && _slots.Wait(0, CancellationToken.None))
        {
            taken++;
        }

        return taken;
    }

    // The keeper knows the job from here on and awaits it when the worker drains.
    private void Start(ActiveJob job) => Task.Run(() => RunAsync(job), CancellationToken.None);

    private async Task RunAsync(ActiveJob job)
    {
        // Nothing escapes: the runner turns every exception into an outcome or a log entry.
        await using (job)
        {
            await runner.RunAsync(job);
            keeper.Release(job);
        }

        _slots.Release();
    }
}
