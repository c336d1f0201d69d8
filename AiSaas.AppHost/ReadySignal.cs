using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AiSaas.AppHost;

/// <summary>Says <c>aisaas: healthy</c> once every service is, and writes the addresses to <c>AISAAS_READY_FILE</c> for scripts.</summary>
/// <remarks>When a part of the graph can't come up, a script that waits for the file is let go: the graph ends with code 1.
/// Without a file somebody looks at the dashboard, so it stays.</remarks>
internal sealed class ReadySignal(
    ResourceNotificationService resources, ReadySignal.Awaited awaited, LocalSettings local, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        HashSet<string> missing = [.. awaited.Services];
        await foreach (var change in resources.WatchAsync(stoppingToken))
        {
            if (Failure(change.Resource, change.Snapshot) is { } failure)
            {
                Console.WriteLine($"aisaas: failed: {failure}");
                EndScriptedRun();
                return;
            }

            if (change.Snapshot is { State.Text: "Running", HealthStatus: HealthStatus.Healthy })
            {
                missing.Remove(change.Resource.Name);
            }

            if (missing.Count == 0)
            {
                WriteReadyFile();
                Console.WriteLine($"aisaas: healthy at http://127.0.0.1:{local.WebPort}");
                return;
            }
        }
    }

    private static string? Failure(IResource resource, CustomResourceSnapshot snapshot) => snapshot switch
    {
        { State.Text: "FailedToStart" } => $"{resource.Name} was not started",
        { State.Text: "Exited" or "Finished", ExitCode: not (null or 0) } => $"{resource.Name} ended with code {snapshot.ExitCode}",
        _ => null,
    };

    private void EndScriptedRun()
    {
        if (local.ReadyFile is not null)
        {
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    private void WriteReadyFile()
    {
        if (local.ReadyFile is null)
        {
            return;
        }

        Addresses addresses = new($"http://127.0.0.1:{local.WebPort}", $"http://127.0.0.1:{local.ApiPort}", local.DashboardUrl, Environment.ProcessId);
        Directory.CreateDirectory(Path.GetDirectoryName(local.ReadyFile)!);
        // Moved into place, so that a reader never sees half of it.
        var draft = $"{local.ReadyFile}.{Environment.ProcessId}";
        File.WriteAllText(draft, JsonSerializer.Serialize(addresses, ReadyJson.Default.Addresses));
        File.Move(draft, local.ReadyFile, overwrite: true);
    }

    internal sealed record Awaited(IReadOnlyList<string> Services);
}

/// <summary>The content of the ready file. <paramref name="DashboardUrl"/> answers only where the dashboard's program is.</summary>
internal sealed record Addresses(string WebUrl, string ApiUrl, string DashboardUrl, int Pid);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Addresses))]
internal sealed partial class ReadyJson : JsonSerializerContext;
