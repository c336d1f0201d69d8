using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Worker;

/// <summary>Why an attempt must stop.</summary>
internal enum StopReason
{
    None,

    /// <summary>Somebody asked for it.</summary>
    Canceled,

    /// <summary>Another worker has the job, or it has ended.</summary>
    LeaseLost,

    /// <summary>This process is going.</summary>
    Draining,

    /// <summary>The same because of its memory, which this attempt may have eaten.</summary>
    OutOfMemory,

    /// <summary>The attempt took longer than its kind may.</summary>
    TimedOut,
}

/// <summary>An attempt under way in this process.</summary>
internal sealed class ActiveJob(JobLease lease) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _reason;
    private Task _stopped = Task.CompletedTask;

    public JobLease Lease { get; } = lease;

    public CancellationToken Stopping => _stop.Token;

    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>The attempt itself; it never fails.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    /// <summary>Completes when the attempt has ended and its outcome is written.</summary>
    public Task Finished => _finished.Task;

    /// <summary>The first reason counts.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) == (int)StopReason.None)
        {
            // Handlers' callbacks run on their own time: whoever stops (the heartbeat) must not wait for them.
            _stopped = _stop.CancelAsync();
        }
    }

    public void MarkFinished() => _finished.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        // What a handler's own callback throws when it is canceled ends here: its attempt is over.
        await _stopped.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
