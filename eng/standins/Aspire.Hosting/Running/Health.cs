using System.Net;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Running;

internal sealed class HttpAnswerCheck(IHttpClientFactory clients, EndpointReference endpoint, string path, HttpStatusCode expected) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var client = clients.CreateClient();
            using var response = await client.GetAsync(new Uri(new Uri(endpoint.Url), path), HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return response.StatusCode == expected
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"{path} answered {(int)response.StatusCode}");
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"{path} did not answer");
        }
    }
}

/// <summary>Asks a resource's checks, often until they are healthy and now and then afterwards.</summary>
internal sealed class HealthProbe(HealthCheckService checks, ResourceNotificationService notifications, ConsoleLines console, TimeProvider time)
{
    private static readonly TimeSpan WhileStarting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WhileUnhealthy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(5);

    public async Task WatchAsync(IResource resource, CancellationToken cancellation)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key).ToHashSet();
        if (keys.Count == 0)
        {
            await notifications.PublishUpdateAsync(resource, state => state with { HealthStatus = HealthStatus.Healthy });
            return;
        }

        var startedAt = time.GetTimestamp();
        var was = HealthStatus.Unhealthy;
        var everHealthy = false;
        while (!cancellation.IsCancellationRequested)
        {
            var report = await checks.CheckHealthAsync(check => keys.Contains(check.Name), cancellation);
            // A check that nobody registered proves nothing.
            var status = report.Entries.Count < keys.Count ? HealthStatus.Unhealthy : report.Status;
            if (status != was || !everHealthy)
            {
                await notifications.PublishUpdateAsync(resource, state => state with
                {
                    HealthStatus = status,
                    HealthReports = [.. report.Entries.Select(entry => new HealthReportSnapshot(entry.Key, entry.Value.Status, entry.Value.Description, entry.Value.Exception?.Message))],
                });
            }

            if (status != was)
            {
                var why = string.Join(", ", report.Entries.Values.Select(entry => entry.Description ?? entry.Exception?.Message).Where(text => text is not null));
                console.Write(resource.Name, status is HealthStatus.Healthy
                    ? $"-- healthy after {time.GetElapsedTime(startedAt).TotalSeconds:0.0} s"
                    : $"-- {status.ToString().ToLowerInvariant()} {why}");
                was = status;
                everHealthy |= was is HealthStatus.Healthy;
            }

            await Task.Delay(was is HealthStatus.Healthy ? WhileHealthy : everHealthy ? WhileUnhealthy : WhileStarting, time, cancellation);
        }
    }
}
