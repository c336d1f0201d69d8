using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Worker;

/// <summary>Ends the worker in order before the kernel ends it in disorder: above its limit of memory it claims nothing more and drains.</summary>
/// <remarks>Jobs that run then may be what ate it, so that those which don't end in time have used up an attempt: a job that eats memory
/// is dead after its tries, as is one that gets its worker killed outright. Whoever watches over the process starts a fresh one.</remarks>
internal sealed partial class MemoryGuard(
    IHostApplicationLifetime lifetime, TimeProvider clock, IOptions<WorkerOptions> options, ILogger<MemoryGuard> logger) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    private volatile bool _isTripped;

    /// <summary>The worker goes because of its memory.</summary>
    public bool IsTripped => _isTripped;

    /// <summary>Looks once.</summary>
    internal void Check(long workingSet)
    {
        long limit = options.Value.MemoryLimitBytes;
        if (!_isTripped && workingSet > limit)
        {
            _isTripped = true;
            Log.TooMuch(logger, workingSet >> 20, limit >> 20);
            lifetime.StopApplication();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Pace, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Check(Environment.WorkingSet);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Critical, "The worker uses {Used} MiB, more than its {Limit} MiB: it drains and ends, to be started anew")]
        public static partial void TooMuch(ILogger logger, long used, long limit);
    }
}
