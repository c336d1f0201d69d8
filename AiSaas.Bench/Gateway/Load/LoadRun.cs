using System.Diagnostics;

namespace AiSaas.Bench.Gateway.Load;

/// <summary>So many connections, each sending the next request when the last one is answered.</summary>
internal sealed class LoadRun(LoadRequest request, int port, int connections, TimeSpan duration, int maxRequests)
{
    // A request that hangs must not hang the benchmark.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly long[] _ticks = new long[maxRequests];
    private int _taken = -1;
    private int _done;
    private int _failed;
    private string? _firstFailure;

    public async Task<LoadResult> RunAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(duration + Grace);
        long started = Stopwatch.GetTimestamp();
        long until = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => DriveAsync(until, deadline.Token)));
        return new(
            [.. _ticks.Take(_done).Select(ticks => ticks * 1e6 / Stopwatch.Frequency).Order()], Stopwatch.GetElapsedTime(started), _failed, _firstFailure);
    }

    private async Task DriveAsync(long until, CancellationToken cancellation)
    {
        using LoadConnection connection = new(port);
        try
        {
            do
            {
                if (Interlocked.Increment(ref _taken) >= maxRequests)
                {
                    return;
                }

                long sent = Stopwatch.GetTimestamp();
                if (await connection.SendAsync(request, cancellation) is { } fault)
                {
                    Interlocked.Increment(ref _failed);
                    Interlocked.CompareExchange(ref _firstFailure, fault, null);
                }
                else
                {
                    _ticks[Interlocked.Increment(ref _done) - 1] = Stopwatch.GetTimestamp() - sent;
                }
            }
            while (Stopwatch.GetTimestamp() < until);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _failed);
            Interlocked.CompareExchange(ref _firstFailure, "no answer before the end of the run", null);
        }
    }
}

/// <param name="Microseconds">Of each answered request, in order of length.</param>
internal sealed record LoadResult(double[] Microseconds, TimeSpan Elapsed, int Failed, string? FirstFailure)
{
    public double PerSecond => Microseconds.Length / Elapsed.TotalSeconds;

    public double Quantile(double quantile) => Microseconds is [] ? double.NaN : Microseconds[(int)((Microseconds.Length - 1) * quantile)];
}
