using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Running;

/// <summary>The life of one resource: wait, start, watch, start again after a crash, stop.</summary>
internal sealed class ResourceRun(
    IResource resource, bool runsToCompletion, bool isAwaited, ProcessSpecs specs, Launcher launcher, HealthProbe health,
    ResourceNotificationService notifications, ConsoleLines console, TimeProvider time)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // Nothing tells whether it had got up: one that is killed at once each time shall not fill the machine.
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(1);

    // The shell's way to say that a signal ended a process: 128 and its number.
    private const int FirstSignal = 129;

    // A service that dies this often in a row without ever having been healthy won't get better by itself.
    private const int FailedStartLimit = 5;

    private readonly CancellationTokenSource _stop = new();
    private ChildProcess? _child;
    private Task _life = Task.CompletedTask;

    public IResource Resource => resource;

    public IEnumerable<IResource> Dependencies => resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource);

    public void Start() => _life = Task.Run(LiveAsync);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        if (_child is { } child)
        {
            await SayAsync(KnownResourceStates.Stopping);
            await child.StopAsync(Grace, time);
        }

        await _life;
        _stop.Dispose();
    }

    private async Task LiveAsync()
    {
        try
        {
            if (await FailedDependencyAsync() is { } reason)
            {
                await FailAsync($"not started: {reason}");
            }
            else if (resource is ContainerResource)
            {
                await FailAsync("a container, which this run can't start: it uses the stand-in for Aspire.Hosting because the real packages could not be restored. Restore them and have a container engine running, or let the graph use local processes (eng/standins/README.md).");
            }
            else if (resource is ExecutableResource or ProjectResource)
            {
                await KeepRunningAsync();
            }
            else
            {
                await SayAsync(KnownResourceStates.Running, HealthStatus.Healthy);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped before there was anything to stop.
        }
        catch (Exception failure)
        {
            await FailAsync($"not started: {failure.Message}");
        }
    }

    private async Task<string?> FailedDependencyAsync()
    {
        await SayAsync(KnownResourceStates.Waiting);
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
        {
            var met = await notifications.WaitForResourceAsync(wait.Resource.Name, change => Meets(wait, change.Snapshot) || ResourceNotificationService.IsOver(change.Snapshot), _stop.Token);
            if (!Meets(wait, met.Snapshot))
            {
                return $"'{wait.Resource.Name}', which it waits for, is {met.Snapshot.State?.Text}{(met.Snapshot.ExitCode is { } code ? $" with exit code {code}" : "")}";
            }
        }

        return null;
    }

    private static bool Meets(WaitAnnotation wait, CustomResourceSnapshot snapshot) => wait.WaitType switch
    {
        WaitType.WaitUntilHealthy => ResourceNotificationService.IsHealthy(snapshot),
        WaitType.WaitForCompletion => ResourceNotificationService.IsOver(snapshot) && snapshot.ExitCode == wait.ExitCode,
        _ => snapshot.State?.Text == KnownResourceStates.Running,
    };

    private async Task KeepRunningAsync()
    {
        for (var failedStarts = 0; ;)
        {
            await SayAsync(KnownResourceStates.Starting);
            var spec = await specs.CreateAsync(resource, _stop.Token);
            var child = _child = await launcher.StartAsync(spec, line => console.Write(resource.Name, line));
            await SayAsync(KnownResourceStates.Running);
            console.Write(resource.Name, $"-- started, process {child.Id}");
            // StopAsync may have looked before there was a process.
            if (_stop.IsCancellationRequested)
            {
                await child.StopAsync(Grace, time);
            }

            var (code, wasHealthy) = await WatchAsync(child);
            // What was killed hasn't done its work; whoever waits for a completion hears of it, though.
            var isOver = runsToCompletion && (isAwaited || code < FirstSignal);
            if (_stop.IsCancellationRequested || isOver)
            {
                await EndAsync(code);
                return;
            }

            failedStarts = wasHealthy ? 0 : failedStarts + 1;
            if (failedStarts >= FailedStartLimit)
            {
                console.Write(resource.Name, $"-- ended with {code} for the {failedStarts}th time without ever being healthy; left alone");
                await EndAsync(code);
                return;
            }

            // At once after a crash of a healthy service; slower and slower while it can't get up.
            var pause = failedStarts == 0 ? (runsToCompletion ? AfterKill : TimeSpan.Zero) : TimeSpan.FromMilliseconds(500 * Math.Pow(2, failedStarts - 1));
            console.Write(resource.Name, $"-- ended unexpectedly with {code}{Signal(code)}; starting it again");
            await Task.Delay(pause < LongestPause ? pause : LongestPause, time, _stop.Token);
        }
    }

    private async Task<(int Code, bool WasHealthy)> WatchAsync(ChildProcess child)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var watching = health.WatchAsync(resource, ended.Token);
        var code = await child.Exited;
        var wasHealthy = notifications.TryGetCurrentState(resource.Name, out var last) && last.Snapshot.HealthStatus is HealthStatus.Healthy;
        await ended.CancelAsync();
        try
        {
            await watching;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        return (code, wasHealthy);
    }

    private async Task EndAsync(int code)
    {
        console.Write(resource.Name, $"-- ended with {code}{Signal(code)}");
        var state = code == 0 ? KnownResourceStates.Finished : KnownResourceStates.Exited;
        await notifications.PublishUpdateAsync(resource, last => last with { State = state, ExitCode = code, HealthStatus = null });
    }

    private async Task FailAsync(string reason)
    {
        console.Write(resource.Name, $"-- {reason}");
        await SayAsync(KnownResourceStates.FailedToStart);
    }

    private Task SayAsync(string state, HealthStatus? status = null) =>
        notifications.PublishUpdateAsync(resource, last => last with { State = state, HealthStatus = status, ExitCode = null });

    private static string Signal(int code) => code switch
    {
        137 => " (killed)",
        143 => " (terminated)",
        139 => " (crashed)",
        _ => "",
    };
}
