namespace AiSaas.Core.Gateway.Live;

/// <summary>Totals of this process since its start. A few additions a call; rates are the reader's work.</summary>
public sealed class LiveCounters
{
    private long _began;
    private long _ended;
    private long _failed;
    private long _refused;
    private long _hits;
    private long _tokens;

    /// <summary>A call was let in.</summary>
    public void Began() => Interlocked.Increment(ref _began);

    /// <summary>A call was refused by a limit or a budget before it began.</summary>
    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>A call that had begun is over, however.</summary>
    public void Ended(CallOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        Interlocked.Increment(ref _ended);
        if (outcome.Status == CallStatus.Failed)
        {
            Interlocked.Increment(ref _failed);
        }

        if (outcome.Cache.StartsWith("hit", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _hits);
        }
        else if (outcome.Usage is { } usage)
        {
            Interlocked.Add(ref _tokens, usage.Total);
        }
    }

    /// <summary>A call that had begun is over and nothing was sent.</summary>
    public void Dropped() => Interlocked.Increment(ref _ended);

    public LiveTotals Read()
    {
        // The end first: a call that ends in between must not make the number under way negative.
        long ended = Interlocked.Read(ref _ended);
        long began = Interlocked.Read(ref _began);
        return new(
            began, Math.Max(0, began - ended), Interlocked.Read(ref _failed), Interlocked.Read(ref _refused), Interlocked.Read(ref _hits), Interlocked.Read(ref _tokens));
    }
}

/// <param name="Calls">That were let in.</param>
/// <param name="InFlight">Of these, not over yet.</param>
/// <param name="Tokens">In and out, of providers; cache hits cost none.</param>
public readonly record struct LiveTotals(long Calls, long InFlight, long Failed, long Refused, long CacheHits, long Tokens);
