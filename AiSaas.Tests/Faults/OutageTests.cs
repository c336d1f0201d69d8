using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using AiSaas.Api.Identity;
using AiSaas.Bench;
using AiSaas.Contracts.Common;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Faults;

/// <summary>The api while a store is away: every main route answers in time and honestly, and all of it works again afterwards.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    // Deadlines are 1 s for Redis and 10 s for a connection to Postgres; a busy machine adds to both.
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(20);
    private static readonly CancellationToken None = CancellationToken.None;

    private BenchPostgres? _postgres;
    private BenchRedis? _redis;
    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<Ingestion.Worker.WorkerOptions>? _worker;
    private Account? _account;
    private Guid _collection;
    private Guid _conversation;

    public async ValueTask InitializeAsync()
    {
        _postgres = await BenchPostgres.StartAsync(null, None);
        _redis = await BenchRedis.StartAsync(forgets: true, None);
        Dictionary<string, string?> settings = new()
        {
            ["ConnectionStrings:aisaas"] = _postgres.App,
            ["ConnectionStrings:redis"] = $"127.0.0.1:{_redis.Port}",
            ["Worker:Queues"] = "ingest,chat",
            ["Identity:AttemptsPerMinute"] = "100000",
            ["Logging:LogLevel:Default"] = "Error",
        };
        _api = new(settings);
        _worker = new(settings);
        _account = await Account.RegisterAsync(_api.Address);
        _collection = await _account.CreateCollectionAsync();
        _conversation = await _account.StartConversationAsync();
    }

    [Fact]
    public async Task Without_Redis_every_main_route_works_and_answers_are_written_and_read()
    {
        await _redis!.KillAsync();

        await EachAsync(status => Assert.InRange((int)status, 200, 299));
        var asked = await _account!.AskAsync(_conversation, "How often is the pump cleaned?");
        var document = await _account.UploadAsync(_collection, "pump.md", "# Pump\n\nThe pump is cleaned once a week.");
        Assert.Equal("complete", (await _account.AnswerAsync(_conversation, asked.AssistantMessageId)).Status);
        Assert.Equal("ready", (await _account.SettledAsync(document.Id)).Status);
        Assert.EndsWith("data: [DONE]", await StreamAsync(asked.RunId), StringComparison.Ordinal);

        await _redis.StartAgainAsync(None);
        var again = await _account.AskAsync(_conversation, "And how often is it served?");
        Assert.EndsWith("data: [DONE]", await StreamAsync(again.RunId), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_Postgres_every_main_route_says_so_in_time_and_all_of_it_works_when_it_is_back()
    {
        await _postgres!.StopAtOnceAsync();

        await EachAsync(status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        using var health = await _account!.Http.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);

        await _postgres.StartAgainAsync(None);
        await Eventually.TrueAsync(async () =>
        {
            using var healthy = await _account.Http.GetAsync("/health");
            return healthy.IsSuccessStatusCode;
        }, "the api is healthy again");
        await EachAsync(status => Assert.InRange((int)status, 200, 299));
        var asked = await _account.AskAsync(_conversation, "How often is the pump cleaned?");
        Assert.Equal("complete", (await _account.AnswerAsync(_conversation, asked.AssistantMessageId)).Status);
    }

    public async ValueTask DisposeAsync()
    {
        _account?.Dispose();
        foreach (var one in new IAsyncDisposable?[] { _worker, _api, _redis, _postgres })
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private async Task EachAsync(Action<HttpStatusCode> check)
    {
        (HttpMethod Method, string Path, object? Body)[] routes =
        [
            (HttpMethod.Get, "/api/me", null), (HttpMethod.Get, "/api/collections", null), (HttpMethod.Post, "/api/collections", new { name = "Outage" }),
            (HttpMethod.Get, $"/api/collections/{_collection}/documents", null), (HttpMethod.Get, "/api/conversations", null),
            (HttpMethod.Get, $"/api/conversations/{_conversation}", null), (HttpMethod.Post, "/api/conversations", new { }),
            (HttpMethod.Post, "/api/search", new { query = "pump" }), (HttpMethod.Get, "/api/jobs", null), (HttpMethod.Get, "/api/usage", null),
            (HttpMethod.Get, "/api/budgets", null), (HttpMethod.Get, "/api/keys", null), (HttpMethod.Get, "/api/schedules", null), (HttpMethod.Get, "/api/webhooks", null),
        ];
        await Task.WhenAll(routes.Select(async route =>
        {
            long started = Stopwatch.GetTimestamp();
            using HttpRequestMessage request = new(route.Method, route.Path) { Content = route.Body is null ? null : JsonContent.Create(route.Body) };
            using var response = await _account!.Http.SendAsync(request);
            string text = await response.Content.ReadAsStringAsync();
            Assert.True(Stopwatch.GetElapsedTime(started) < InTime, $"{route.Path} took {Stopwatch.GetElapsedTime(started)}");
            Exception? wrong = Record.Exception(() => check(response.StatusCode));
            Assert.True(wrong is null, $"{route.Method} {route.Path}: {(int)response.StatusCode} {text}");
            if (!response.IsSuccessStatusCode)
            {
                Problem problem = await Account.ProblemAsync(response);
                Assert.Equal("server:unavailable", problem.Code);
            }
        }));
    }

    private async Task<string> StreamAsync(Guid run)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        return (await _account!.Http.GetStringAsync($"/api/runs/{run}/events", patience.Token)).TrimEnd();
    }
}
