using Microsoft.Extensions.Hosting;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Gives back what was granted ahead and not used.</summary>
internal sealed class AdvanceReturns(Advances advances, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Round, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                advances.ReturnUnused(all: false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            advances.ReturnUnused(all: true);
        }
    }
}
