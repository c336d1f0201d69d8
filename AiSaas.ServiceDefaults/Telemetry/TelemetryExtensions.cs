using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;

namespace AiSaas.ServiceDefaults.Telemetry;

internal static class TelemetryExtensions
{
    // At Information they write several lines for every request, which the traces tell better.
    private static readonly Dictionary<string, string?> QuietFrameworks = new()
    {
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Warning",
        ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
    };

    /// <summary>Logs, metrics and traces go to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; without it nothing is collected and nothing costs.</summary>
    public static void AddOtlpTelemetry(this IHostApplicationBuilder builder)
    {
        // Below every other source, so that a settings file or a variable still decides.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = QuietFrameworks });
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return;
        }

        // The framework fills in the OpenTelemetry tags of a request itself, but .NET 10 leaves that off unless asked.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
            logging.AddOtlpExporter();
        });

        // First of all, so that what the other services do while they start is seen.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryLifetime>());
        builder.Services.AddTransient<IStartupFilter, RequestSpans>();
    }
}
