using System.Diagnostics.CodeAnalysis;

namespace AiSaas.Core.Redis;

/// <summary>A doorbell: many rings before somebody looks are one. For one waiter.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Without a wait handle there is nothing to free, and a message under way may still ring.")]
internal sealed class Bell(TimeProvider clock)
{
    private readonly SemaphoreSlim _rung = new(0, 1);
    private int _pending;

    public void Ring()
    {
        if (Interlocked.Exchange(ref _pending, 1) == 0)
        {
            _rung.Release();
        }
    }

    /// <returns>True when it rang, false when <paramref name="atMost"/> passed.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            await _rung.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }

        // Before the caller looks: a ring from here on rings again.
        Interlocked.Exchange(ref _pending, 0);
        return true;
    }
}
