using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiSaas.Tests.ServiceDefaults;

public sealed class HealthTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_names_each_dependency_and_its_state()
    {
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("postgres", () => HealthCheckResult.Healthy())
            .AddCheck("redis", () => HealthCheckResult.Degraded("slow")));

        using var response = await app.GetTestClient().GetAsync("/health", Cancellation);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("degraded", body.RootElement.GetProperty("status").GetString());
        var dependencies = body.RootElement.GetProperty("dependencies");
        Assert.Equal("healthy", dependencies.GetProperty("postgres").GetProperty("status").GetString());
        Assert.Equal("slow", dependencies.GetProperty("redis").GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_dependency_that_is_away_makes_the_service_unready_but_not_dead_and_its_secrets_stay_inside()
    {
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("postgres", () => throw new InvalidOperationException("password 'hunter2' refused")));

        using var health = await app.GetTestClient().GetAsync("/health", Cancellation);
        using var alive = await app.GetTestClient().GetAsync("/alive", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.DoesNotContain("hunter2", await health.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task However_many_ask_the_checks_run_once_a_second()
    {
        var runs = 0;
        await using var app = await TestApp.StartAsync(builder => builder.Services.AddHealthChecks().AddAsyncCheck("count", () =>
        {
            Interlocked.Increment(ref runs);
            return Task.FromResult(HealthCheckResult.Healthy());
        }));
        var client = app.GetTestClient();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.GetStringAsync("/health", Cancellation)));

        Assert.InRange(runs, 1, 3);
    }
}
