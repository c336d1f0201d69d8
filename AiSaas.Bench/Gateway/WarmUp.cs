using AiSaas.Bench.Gateway.Load;

namespace AiSaas.Bench.Gateway;

/// <summary>Compiled code, pools and connections as they are after a minute of work, not as they are at start.</summary>
internal static class WarmUp
{
    // Twice: what runs hot in the first pass is compiled anew behind it, and the second shows whether that was all.
    private const int Passes = 2;

    // Of one core: the compiler is done.
    private const double Idle = 0.05;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    public static async Task RunAsync(GatewayStage stage, CancellationToken cancellation)
    {
        for (int pass = 0; pass < Passes; pass++)
        {
            foreach (var target in stage.Targets)
            {
                foreach (var make in new Func<Target, LoadRequest>[] { LoadRequest.Whole, LoadRequest.Burst, LoadRequest.Embed })
                {
                    var result = await new LoadRun(make(target), target.Port, 32, TimeSpan.FromSeconds(1.5), 200_000).RunAsync(cancellation);
                    if (result.FirstFailure is { } failure)
                    {
                        throw new IOException($"{target.Name}, warming up: {result.Failed} failures, first: {failure}\n{target.Process.Output}");
                    }
                }

                await RestsAsync(target, cancellation);
            }
        }
    }

    private static async Task RestsAsync(Target target, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        double last = ProcessTimes.CpuMicroseconds(target.Process.Id);
        while (TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(Glance, TimeProvider.System, cancellation);
            double now = ProcessTimes.CpuMicroseconds(target.Process.Id);
            if (now - last < Idle * Glance.TotalMicroseconds)
            {
                return;
            }

            last = now;
        }
    }
}
