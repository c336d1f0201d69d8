namespace AiSaas.Llm.Routing;

/// <summary>The median of recent latencies, followed in small steps: no memory of single calls.</summary>
/// <remarks>Each value moves the estimate up or down by a fraction of itself, so that it rests where half of the values lie above
/// (stochastic approximation of a quantile). After <see cref="Forgotten"/> without a value nothing is known any more.</remarks>
internal sealed class LatencyEstimate
{
    private const double Step = 0.1;
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(2);

    private double _seconds;
    private long _at;

    public void Add(TimeSpan? value, TimeProvider clock)
    {
        if (value is not { } latency)
        {
            return;
        }

        double seconds = Math.Max(latency.TotalSeconds, 1e-6);
        double known = Median(clock)?.TotalSeconds ?? seconds;

        // Two writers may lose one step of each other's, which an estimate can bear.
        Volatile.Write(ref _seconds, seconds > known ? Math.Min(seconds, known * (1 + Step)) : Math.Max(seconds, known * (1 - Step)));
        Volatile.Write(ref _at, clock.GetTimestamp());
    }

    public TimeSpan? Median(TimeProvider clock)
    {
        double seconds = Volatile.Read(ref _seconds);
        return seconds > 0 && clock.GetElapsedTime(Volatile.Read(ref _at)) < Forgotten ? TimeSpan.FromSeconds(seconds) : null;
    }
}
