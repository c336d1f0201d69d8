using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using AiSaas.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.ServiceDefaults;

public sealed partial class TelemetryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_is_sent_before_the_process_ends_and_probes_are_not()
    {
        await using var collector = await Collector.StartAsync();
        var app = await TestApp.StartAsync(
            builder => Send(builder, collector.Address),
            app => app.MapGet("/orders/{id}", (string id, ILogger<TelemetryTests> logger) =>
            {
                Log.LookedAt(logger, id);
                return id;
            }));
        await app.GetTestClient().GetStringAsync("/orders/7", Cancellation);
        await app.GetTestClient().GetStringAsync("/health", Cancellation);

        await app.DisposeAsync();

        Assert.Contains("GET /orders/{id}", collector.Text("/v1/traces"), StringComparison.Ordinal);
        Assert.DoesNotContain("/health", collector.Text("/v1/traces"), StringComparison.Ordinal);
        Assert.Contains("telemetry-test", collector.Text("/v1/traces"), StringComparison.Ordinal);
        Assert.Contains("Order 7 was looked at", collector.Text("/v1/logs"), StringComparison.Ordinal);
        Assert.Contains("dotnet.process.cpu.time", collector.Text("/v1/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_collector_does_not_hold_up_the_end()
    {
        using System.Net.Sockets.TcpListener deaf = new(System.Net.IPAddress.Loopback, 0);
        deaf.Start();
        var app = await TestApp.StartAsync(builder => Send(builder, new Uri($"http://{deaf.LocalEndpoint}")), app => app.MapGet("/", () => "hi"));
        await app.GetTestClient().GetStringAsync("/", Cancellation);
        var started = Stopwatch.GetTimestamp();

        await app.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task A_plain_host_has_the_same_telemetry()
    {
        await using var collector = await Collector.StartAsync();
        var builder = Host.CreateApplicationBuilder();
        Send(builder, collector.Address);
        builder.AddServiceDefaults();
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        using (ActivitySource source = new("AiSaas.Test"))
        {
            source.StartActivity("a job")?.Dispose();
        }

        await host.StopAsync(Cancellation);

        Assert.Contains("a job", collector.Text("/v1/traces"), StringComparison.Ordinal);
    }

    private static void Send(IHostApplicationBuilder builder, Uri collector) => builder.Configuration.AddInMemoryCollection(
        new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.AbsoluteUri,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_SERVICE_NAME"] = "telemetry-test",
        });

    /// <summary>Takes OTLP over HTTP. Protobuf keeps texts as they are, so looking for words is enough.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = [];
        private readonly WebApplication _app;

        private Collector()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            _app = builder.Build();
            _app.MapPost("/v1/{signal}", async (HttpRequest request) =>
            {
                using MemoryStream body = new();
                await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
                _received.Enqueue((request.Path, body.ToArray()));
            });
        }

        public Uri Address => new(_app.Urls.First());

        public static async Task<Collector> StartAsync()
        {
            Collector collector = new();
            await collector._app.StartAsync(Cancellation);
            return collector;
        }

        public string Text(string path) =>
            string.Concat(_received.Where(message => message.Path == path).Select(message => Encoding.UTF8.GetString(message.Body)));

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Order {Id} was looked at")]
        public static partial void LookedAt(ILogger logger, string id);
    }
}
