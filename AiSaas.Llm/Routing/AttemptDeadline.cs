namespace AiSaas.Llm.Routing;

/// <summary>Ends an attempt when its time is up, when the caller leaves, or when another attempt was faster.</summary>
internal sealed class AttemptDeadline : IDisposable
{
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _end;
    private readonly long _totalUntil;
    private readonly TimeProvider _clock;
    private bool _isAbandoned;

    /// <param name="totalUntil">A timestamp of <paramref name="clock"/>: no part of the call may last longer.</param>
    public AttemptDeadline(long totalUntil, TimeProvider clock, CancellationToken caller)
    {
        (_totalUntil, _clock, _caller) = (totalUntil, clock, caller);
        _end = CancellationTokenSource.CreateLinkedTokenSource(caller);
    }

    public CancellationToken Token => _end.Token;

    /// <summary>Ended by time, not by a person.</summary>
    public bool HasPassed => _end.IsCancellationRequested && !_caller.IsCancellationRequested && !_isAbandoned;

    /// <summary>The whole call has used up its time.</summary>
    public bool IsTotalOver => _clock.GetTimestamp() >= _totalUntil;

    /// <summary>Allows the next step this long, or what is left of the whole call.</summary>
    public void Allow(TimeSpan step)
    {
        var left = TimeSpan.FromSeconds((double)(_totalUntil - _clock.GetTimestamp()) / _clock.TimestampFrequency);
        _end.CancelAfter(step < left ? step : left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>The clock stands still while the client takes its part.</summary>
    public void Pause() => _end.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Abandon()
    {
        _isAbandoned = true;
        _end.Cancel();
    }

    /// <summary>What an exception during the attempt means; null if the caller left.</summary>
    public ModelFailure? Explain(Exception error, string tooLate) =>
        _caller.IsCancellationRequested || _isAbandoned ? null
        : error is ModelCallException known ? known.Failure
        : HasPassed ? new(ModelErrorClass.TimedOut, null, tooLate)
        : UpstreamFailure.Of(error);

    public void Dispose() => _end.Dispose();
}
