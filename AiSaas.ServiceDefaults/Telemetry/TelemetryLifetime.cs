using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AiSaas.ServiceDefaults.Telemetry;

/// <summary>Owns the trace and metric providers: made before anything starts, flushed after everything stopped.</summary>
/// <remarks>OpenTelemetry.Extensions.Hosting would do this, but some feeds lack it. The runtime emits what the
/// instrumentation packages would, so names of sources and meters are all it takes.</remarks>
internal sealed class TelemetryLifetime(IConfiguration configuration) : IHostedLifecycleService, IDisposable
{
    // A dead collector may cost a stopping process this much and no more.
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(Configure)
            .SetSampler(NoiseSampler.From(configuration))
            .AddSource("Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "AiSaas.*", "Experimental.Microsoft.Extensions.AI")
            .AddOtlpExporter()
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(Configure)
            .AddMeter("Microsoft.AspNetCore.*", "System.Net.Http", "System.Net.NameResolution", "System.Runtime")
            .AddMeter("Npgsql", "Microsoft.EntityFrameworkCore", "AiSaas.*", "Experimental.Microsoft.Extensions.AI")
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        var limit = (int)FlushLimit.TotalMilliseconds;
        var (traces, metrics) = (_traces, _metrics);
        // Shutdown blocks its thread, so both run at once on the pool.
        await Task.WhenAll(
            Task.Run(() => traces?.Shutdown(limit), CancellationToken.None),
            Task.Run(() => metrics?.Shutdown(limit), CancellationToken.None));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The OTEL_* settings may come from anywhere that configuration comes from, not from the environment alone.
    private void Configure(IServiceCollection services) => services.AddSingleton(configuration);

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}
