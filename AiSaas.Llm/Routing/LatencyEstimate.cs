namespace AiSaas.Llm.Routing;

/// <summary>A quantile of recent latencies, the median at first, followed in small steps: no memory of single calls.</summary>
/// <remarks>Each value moves the estimate up or down by a fraction of itself, so that it rests where as many of the values lie above as
/// the quantile leaves (stochastic approximation). After <see cref="Forgotten"/> without a value nothing is known any more.</remarks>
internal sealed class LatencyEstimate(double quantile = 0.5)
{
    /// <summary>Up and down together.</summary>
    private const double Steps = 0.2;
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
        double known = Value(clock)?.TotalSeconds ?? seconds;

        // Two writers may lose one step of each other's, which an estimate can bear.
        Volatile.Write(ref _seconds, seconds > known ? Math.Min(seconds, known * (1 + (Steps * quantile))) : Math.Max(seconds, known * (1 - (Steps * (1 - quantile)))));
        Volatile.Write(ref _at, clock.GetTimestamp());
    }

    public TimeSpan? Value(TimeProvider clock)
    {
        double seconds = Volatile.Read(ref _seconds);
        return seconds > 0 && clock.GetElapsedTime(Volatile.Read(ref _at)) < Forgotten ? TimeSpan.FromSeconds(seconds) : null;
    }
}
