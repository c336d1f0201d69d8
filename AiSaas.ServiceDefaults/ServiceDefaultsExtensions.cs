using AiSaas.ServiceDefaults.Health;
using AiSaas.ServiceDefaults.Http;
using AiSaas.ServiceDefaults.Problems;
using AiSaas.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AiSaas.ServiceDefaults;

/// <summary>What every process of the graph has in common, web applications and plain hosts alike.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Telemetry by OTLP, health checks, problem details, service discovery and resilient HTTP clients, the system's clock.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddOtlpTelemetry();
        builder.Services.AddHealthReports();
        builder.Services.AddProblemResponses();
        builder.Services.AddHttpClientDefaults();
        return builder;
    }

    /// <summary>Exceptions and bare status codes leave as problem details. For programs' faces (the api), first in the pipeline; pages bring their own.</summary>
    public static WebApplication UseProblemResponses(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        return app;
    }

    /// <summary><c>/health</c>: ready to serve, with each dependency. <c>/alive</c>: the process answers.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealth();
        return app;
    }
}
