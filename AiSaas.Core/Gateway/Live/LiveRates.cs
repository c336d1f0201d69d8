using Microsoft.Extensions.Hosting;

namespace AiSaas.Core.Gateway.Live;

/// <summary>What happened per second lately: looks at the totals once a second and keeps a few of them.</summary>
public sealed class LiveRates(LiveCounters counters, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>Rates are the mean over this many seconds: shorter ones jump, longer ones lag.</summary>
    private const int Span = 5;

    private readonly Lock _gate = new();
    private readonly Queue<(long At, LiveTotals Totals)> _looks = new(Span + 1);

    public LiveReading Read()
    {
        var now = counters.Read();
        lock (_gate)
        {
            if (!_looks.TryPeek(out var first) || clock.GetElapsedTime(first.At).TotalSeconds is not (> 0.1 and var seconds))
            {
                return new(now, 0, 0, 0, 0);
            }

            var before = first.Totals;
            return new(
                now, (now.Calls - before.Calls) / seconds, (now.Tokens - before.Tokens) / seconds,
                (now.Failed - before.Failed) / seconds, (now.CacheHits - before.CacheHits) / seconds);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Step, clock);
        do
        {
            lock (_gate)
            {
                _looks.Enqueue((clock.GetTimestamp(), counters.Read()));
                if (_looks.Count > Span)
                {
                    _looks.Dequeue();
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

/// <summary>Totals, and the means of the last seconds.</summary>
public readonly record struct LiveReading(LiveTotals Totals, double CallsPerSecond, double TokensPerSecond, double FailuresPerSecond, double HitsPerSecond);
