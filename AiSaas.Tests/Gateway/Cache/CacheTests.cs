using System.Net.Http.Json;
using AiSaas.Api.Identity;
using AiSaas.Contracts;
using AiSaas.Contracts.Identity;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Llm.Simulator;

namespace AiSaas.Tests.Gateway.Cache;

public sealed class CacheTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly Stack _stack = new(postgres);
    private ProviderSimulator? _provider;
    private ServiceHost<CurrentUser>? _api;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _stack.InitializeAsync();
        _provider = await ProviderSimulator.StartAsync(Script.Answer("Within ", "fourteen ", "days."));
        _api = new(_stack.Settings(
            ("Gateway:Providers:sim:Kind", "openai-compatible"), ("Gateway:Providers:sim:BaseUrl", _provider.Address + "/v1"),
            ("Gateway:Prices:sim:m:Input", "1"), ("Gateway:Prices:sim:m:Output", "10"), ("Gateway:Cache:SimilarityThreshold", "0.8"),
            ("Gateway:Ledger:JournalFolder", Path.Combine(_stack.RedisServer.State, "journal"))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in new IAsyncDisposable?[] { _api, _provider, _stack })
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    [Fact]
    public async Task Only_who_asks_for_the_likeliest_answer_or_for_the_cache_gets_one_again()
    {
        using var account = await Account.RegisterAsync(_api!.Address);

        Assert.Equal(["miss", "miss"], await TwiceAsync(account.Http, "When is it paid?", temperature: 0.7));
        Assert.Equal(["miss", "hit-exact"], await TwiceAsync(account.Http, "When is it paid?", temperature: 0));
        Assert.Equal(["miss", "hit-exact"], await TwiceAsync(account.Http, "Who pays?", temperature: 0.7, wish: "exact"));
        Assert.Equal(["miss", "miss"], await TwiceAsync(account.Http, "Who pays?", temperature: 0, wish: "off"));
    }

    [Fact]
    public async Task A_stream_is_given_again_as_the_same_events_and_costs_nothing()
    {
        using var account = await Account.RegisterAsync(_api!.Address);
        var first = await AskAsync(account.Http, "When is it paid?", 0, stream: true);
        int asked = _provider!.Calls.Count;

        var again = await AskAsync(account.Http, "When is it paid?", 0, stream: true);

        Assert.Equal(("hit-exact", first.Body), (again.Cache, again.Body));
        Assert.Contains("[DONE]", again.Body, StringComparison.Ordinal);
        Assert.Equal(asked, _provider.Calls.Count);
        await Eventually.TrueAsync(
            async () => await _stack.ScalarAsync<long>("select count(*) from model_calls where cache = 'hit-exact' and cost_nanos = 0 and saved_nanos > 0") == 1,
            "the ledger knows what was saved");
    }

    [Fact]
    public async Task Neither_another_workspace_nor_a_key_with_other_rights_gets_the_answer()
    {
        using var account = await Account.RegisterAsync(_api!.Address);
        using var stranger = await Account.RegisterAsync(_api.Address);
        using var narrower = await KeyAsync(account, ["gateway"], ["sim/m"]);
        using var likewise = await KeyAsync(account, ["gateway"], ["sim/m"]);
        Assert.Equal("miss", (await AskAsync(account.Http, "When is it paid?", 0)).Cache);

        Assert.Equal("miss", (await AskAsync(stranger.Http, "When is it paid?", 0)).Cache);
        Assert.Equal("miss", (await AskAsync(narrower, "When is it paid?", 0)).Cache);
        Assert.Equal("hit-exact", (await AskAsync(likewise, "When is it paid?", 0)).Cache);
    }

    [Fact]
    public async Task A_question_that_means_the_same_gets_the_answer_again_one_with_another_number_or_a_not_does_not()
    {
        using var account = await Account.RegisterAsync(_api!.Address);
        using var stranger = await Account.RegisterAsync(_api.Address);
        Assert.Equal("miss", (await AskAsync(account.Http, "How long does a refund take for 3 items?", 0.7, wish: "semantic")).Cache);

        Assert.Equal("hit-semantic", (await AskAsync(account.Http, "How long does the refund take for 3 items?", 0.7, wish: "semantic")).Cache);
        Assert.Equal("miss", (await AskAsync(account.Http, "How long does a refund take for 4 items?", 0.7, wish: "semantic")).Cache);
        Assert.Equal("miss", (await AskAsync(account.Http, "How long does a refund not take for 3 items?", 0.7, wish: "semantic")).Cache);
        Assert.Equal("miss", (await AskAsync(account.Http, "How long does the refund take for 3 items?", 0.2, wish: "semantic")).Cache);
        Assert.Equal("miss", (await AskAsync(stranger.Http, "How long does the refund take for 3 items?", 0.7, wish: "semantic")).Cache);
    }

    private static async Task<string[]> TwiceAsync(HttpClient http, string question, double temperature, string? wish = null) =>
        [(await AskAsync(http, question, temperature, wish: wish)).Cache, (await AskAsync(http, question, temperature, wish: wish)).Cache];

    private static async Task<(string Cache, string Body)> AskAsync(HttpClient http, string question, double temperature, bool stream = false, string? wish = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = "sim/m", stream, temperature, messages = new[] { new { role = "user", content = question } } }),
        };
        if (wish is not null)
        {
            request.Headers.Add("x-aisaas-cache", wish);
        }

        using var response = await http.SendAsync(request, Cancellation);
        string body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, body);
        return (response.Headers.GetValues("x-aisaas-cache").Single(), body);
    }

    private async Task<HttpClient> KeyAsync(Account account, string[] scopes, string[] models)
    {
        using var made = await account.Http.PostAsJsonAsync("/api/keys", new CreateKeyRequest("narrow", scopes, AllowedModels: models), Cancellation);
        var key = (await made.Content.ReadFromJsonAsync(ContractsJson.Default.CreatedKey, Cancellation))!;
        HttpClient http = new() { BaseAddress = _api!.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key.Key);
        return http;
    }
}
