using AiSaas.Llm.Models;

namespace AiSaas.Llm.Routing;

public enum TargetState
{
    Ready,

    /// <summary>Too many calls failed: none is sent for a while.</summary>
    Open,

    /// <summary>One call is on its way to see whether the target works again.</summary>
    Probing,

    /// <summary>The provider asked for a pause (<c>Retry-After</c>).</summary>
    Cooling,
}

/// <summary>How one model at one provider does: a circuit breaker, the pauses it asked for, and its usual latencies.</summary>
/// <remarks>
/// Ready → Open when, within the window, at least so many calls ended and the failed share reaches the ratio.
/// Open → Probing when the pause is over: one call goes through. It succeeds: Ready. It fails: Open again, twice as long, up to a limit.
/// Only what is the target's fault counts: refused keys and rate limits are the key's, bad requests and cancellations the caller's.
/// </remarks>
public sealed class TargetHealth(string provider, string model, BreakerOptions options, TimeProvider clock)
{
    private const int LongestBackOff = 8;
    private const double Slow = 0.95;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly FailureWindow _window = new(TimeSpan.FromSeconds(options.WindowSeconds), clock);
    private readonly LatencyEstimate _firstToken = new();
    private readonly LatencyEstimate _whole = new();
    private readonly LatencyEstimate _slowFirstToken = new(Slow);
    private readonly LatencyEstimate _slowWhole = new(Slow);
    private long _pausedUntil;
    private int _backOff = 1;
    private volatile TargetState _state;

    public string Provider => provider;

    public string Model => model;

    /// <summary>The last failure that counted; null if there was none since the target was ready.</summary>
    public ModelFailure? LastFailure { get; private set; }

    /// <summary>Median time to the first token of recent streams; null if none is known.</summary>
    public TimeSpan? FirstToken => _firstToken.Value(clock);

    /// <summary>Median duration of recent whole answers.</summary>
    public TimeSpan? Whole => _whole.Value(clock);

    /// <summary>Whether a call may go there now. Who is let in must tell how it ended: <see cref="Succeeded"/>, <see cref="Failed"/> or <see cref="Abandoned"/>.</summary>
    /// <param name="wait">Until it is worth another try, if not.</param>
    public bool TryEnter(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (_state == TargetState.Ready)
        {
            return true;
        }

        lock (_gate)
        {
            long left = _pausedUntil - clock.GetTimestamp();
            if (_state == TargetState.Ready)
            {
                return true;
            }

            if (left > 0)
            {
                wait = TimeSpan.FromSeconds((double)left / clock.TimestampFrequency);
                return false;
            }

            if (_state == TargetState.Probing)
            {
                wait = TimeSpan.FromSeconds(1);
                return false;
            }

            _state = TargetState.Probing;
            return true;
        }
    }

    /// <param name="firstToken">Of a stream.</param>
    /// <param name="whole">Of an answer in one piece.</param>
    public void Succeeded(TimeSpan? firstToken, TimeSpan? whole)
    {
        _firstToken.Add(firstToken, clock);
        _whole.Add(whole, clock);
        _slowFirstToken.Add(firstToken, clock);
        _slowWhole.Add(whole, clock);
        _window.Add(failed: false);
        if (_state != TargetState.Ready)
        {
            Reset();
        }
    }

    public void Failed(ModelFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (!failure.IsTargetsFault)
        {
            Abandoned();
            return;
        }

        lock (_gate)
        {
            LastFailure = failure;
            _window.Add(failed: true);
            if (failure.RetryAfter is { } pause && pause > TimeSpan.Zero)
            {
                Pause(TargetState.Cooling, pause);
            }
            else if (_state == TargetState.Probing)
            {
                _backOff = Math.Min(_backOff * 2, LongestBackOff);
                Pause(TargetState.Open, TimeSpan.FromSeconds(options.OpenSeconds * _backOff));
            }
            else if (_state == TargetState.Ready && _window.IsOver(options.MinimumCalls, options.FailureRatio))
            {
                Pause(TargetState.Open, TimeSpan.FromSeconds(options.OpenSeconds));
            }
        }
    }

    /// <summary>The call ended without telling anything about the target.</summary>
    public void Abandoned()
    {
        lock (_gate)
        {
            if (_state == TargetState.Probing)
            {
                // The next caller probes.
                _state = TargetState.Open;
            }
        }
    }

    /// <summary>Forgets all failures: an operator says that it works.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            (_state, _pausedUntil, _backOff, LastFailure) = (TargetState.Ready, 0, 1, null);
            _window.Clear();
        }
    }

    public TargetSnapshot Snapshot()
    {
        lock (_gate)
        {
            var (calls, failures) = _window.Counts();
            long left = _pausedUntil - clock.GetTimestamp();
            return new(
                provider, model, _state, left > 0 ? TimeSpan.FromSeconds((double)left / clock.TimestampFrequency) : null, LastFailure,
                _firstToken.Value(clock), _whole.Value(clock), calls, failures,
                _slowFirstToken.Value(clock), _slowWhole.Value(clock));
        }
    }

    private void Pause(TargetState state, TimeSpan pause)
    {
        pause = pause < LongestPause ? pause : LongestPause;
        _pausedUntil = clock.GetTimestamp() + (long)(pause.TotalSeconds * clock.TimestampFrequency);
        _state = state;
        _window.Clear();
    }
}

/// <summary>A target as an operator sees it.</summary>
/// <param name="PausedFor">Until calls go there again.</param>
/// <param name="FirstToken">Median of recent streams.</param>
/// <param name="Whole">Median of recent whole answers.</param>
/// <param name="Calls">Ended within the breaker's window.</param>
/// <param name="SlowFirstToken">19 of 20 recent streams were quicker.</param>
/// <param name="SlowWhole">19 of 20 recent whole answers were quicker.</param>
public sealed record TargetSnapshot(
    string Provider, string Model, TargetState State, TimeSpan? PausedFor, ModelFailure? LastFailure,
    TimeSpan? FirstToken, TimeSpan? Whole, int Calls, int Failures, TimeSpan? SlowFirstToken, TimeSpan? SlowWhole);
