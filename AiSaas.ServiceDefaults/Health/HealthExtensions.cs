using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiSaas.ServiceDefaults.Health;

internal static class HealthExtensions
{
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(3);

    public static void AddHealthReports(this IServiceCollection services)
    {
        services.AddHealthChecks();
        services.AddSingleton<HealthReports>();
        services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var check in options.Registrations.Where(check => check.Timeout == Timeout.InfiniteTimeSpan))
            {
                check.Timeout = CheckLimit;
            }
        });
    }

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", Ready).Open();
        app.MapGet("/alive", Alive).Open();
    }

    private static async Task<JsonHttpResult<HealthState>> Ready(HealthReports reports, CancellationToken cancellation)
    {
        var report = await reports.ReadAsync(cancellation);
        var status = report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return TypedResults.Json(HealthState.From(report), HealthJson.Default.HealthState, statusCode: status);
    }

    // Alive means that requests are answered; a database that is away is no reason to restart the process.
    private static JsonHttpResult<HealthState> Alive() =>
        TypedResults.Json(new HealthState("healthy", null), HealthJson.Default.HealthState);

    private static void Open(this RouteHandlerBuilder endpoint) =>
        endpoint.AllowAnonymous().DisableHttpMetrics().ExcludeFromDescription().WithMetadata(new DisableRateLimitingAttribute());
}
