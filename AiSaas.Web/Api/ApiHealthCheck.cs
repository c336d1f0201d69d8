using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiSaas.Web.Api;

/// <summary>Does the api answer? Never worse than degraded: pages without it still explain themselves, which no ingress could.</summary>
internal sealed class ApiHealthCheck(IHttpClientFactory clients) : IHealthCheck
{
    public const string Client = "api-health";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var http = clients.CreateClient(Client);
            using var answer = await http.GetAsync("/alive", cancellationToken);
            return answer.IsSuccessStatusCode
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded($"The api answers {(int)answer.StatusCode}.");
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Degraded("The api does not answer.");
        }
    }
}
