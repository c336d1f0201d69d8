using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;
using AiSaas.Tests.Llm.Simulator;
using AiSaas.Tests.Web;
using Microsoft.Playwright;

namespace AiSaas.Tests.Browser;

/// <summary>A worker is killed while its answer grows on somebody's page.</summary>
public sealed class TakeoverTests(PostgresServer postgres, Chromium chromium, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Words = 120;

    // The lease, a sweep, a claim, and what a busy machine adds. Measured: 2.8 s to the first new part with a load of 11.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Stack _stack = new(postgres);
    private ProviderSimulator? _provider;
    private ServiceHost<CurrentUser>? _api;
    private WebHost? _web;

    public async ValueTask InitializeAsync()
    {
        await _stack.InitializeAsync();
        _provider = await ProviderSimulator.StartAsync(new Script
        {
            Tokens = [.. Enumerable.Range(0, Words).Select(word => $"word{word} ")],
            Pace = TimeSpan.FromMilliseconds(50),
        });
        _api = new(_stack.Settings(Settings()));
        _web = new(_api.Address.ToString().TrimEnd('/'));
    }

    [Fact]
    public async Task The_next_worker_takes_over_within_the_lease_and_the_page_drops_the_old_words_and_shows_the_new_ones_without_a_reload()
    {
        await using var first = WorkerProcess.Start(_stack, Settings());
        await using var visitor = await chromium.VisitorAsync(_web!.ClientOptions.BaseAddress);
        var page = await visitor.NewPageAsync();
        await AskAsync(page);
        var answer = page.Locator(".answer").Last;
        await Assertions.Expect(answer).ToContainTextAsync("word9 ", new() { Timeout = 60_000 });
        await page.EvaluateAsync("() => { window.stillHere = true; }");
        await using var second = WorkerProcess.Start(_stack, Settings());
        await Eventually.TrueAsync(
            () => Task.FromResult(second.Output.Contains("Serving queues", StringComparison.Ordinal)), "the second worker serves");
        await Assertions.Expect(answer).ToContainTextAsync("word20 ");

        first.Kill();
        long killed = Stopwatch.GetTimestamp();
        // The old words go and the first of the new ones come.
        await Eventually.TrueAsync(
            async () => await answer.InnerTextAsync() is var text && text.Contains("word0", StringComparison.Ordinal) && !text.Contains("word20", StringComparison.Ordinal),
            $"the answer starts again:\n{second.Output}", TimeSpan.FromSeconds(30));
        var took = Stopwatch.GetElapsedTime(killed);
        output.WriteLine($"From the kill to the first new words on the page: {took.TotalSeconds:F2} s");

        await Assertions.Expect(page.GetByText("Answered in").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        string whole = await answer.InnerTextAsync();
        Assert.InRange(took, TimeSpan.Zero, Patience);
        Assert.True(await page.EvaluateAsync<bool>("() => window.stillHere === true"), "The page was loaded anew.");
        Assert.Equal(1, whole.Split("word7 ").Length - 1);
        Assert.Contains($"word{Words - 1}", whole, StringComparison.Ordinal);
        await AccountsAsync(page);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in new IAsyncDisposable?[] { _web, _api, _provider, _stack })
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    // Both tries cost: the one that was interrupted as far as is known, the one that came to its end as the provider says. Each once,
    // and the answer says what both cost.
    private async Task AccountsAsync(IPage page)
    {
        const string Calls = "select count(*) from model_calls where provider = 'sim' and cost_nanos > 0";
        await Eventually.TrueAsync(async () => await _stack.ScalarAsync<long>(Calls) == 2, "both tries are in the ledger", TimeSpan.FromSeconds(40));
        Assert.Equal(2, _provider!.Calls.Count);
        Assert.Equal(1, await _stack.ScalarAsync<long>("select count(*) from model_calls where status = 'interrupted'"));
        Assert.Equal(1, await _stack.ScalarAsync<long>("select count(*) from model_calls where status = 'succeeded' and provider = 'sim'"));
        Assert.Equal(1, await _stack.ScalarAsync<long>("select count(distinct conversation) from model_calls where provider = 'sim'"));
        Assert.Equal(2, await _stack.ScalarAsync<int>("select attempts from jobs where kind = 'chat'"));
        var conversation = await page.APIRequest.GetAsync("/api/conversations/" + await _stack.ScalarAsync<string>("select min(conversation) from model_calls"));
        decimal cost = decimal.Parse((string)JsonNode.Parse(await conversation.TextAsync())!["messages"]![1]!["cost"]!, CultureInfo.InvariantCulture);
        Assert.Equal(await _stack.ScalarAsync<decimal>("select sum(cost_nanos) from model_calls"), cost * 1_000_000_000);
    }

    private static async Task AskAsync(IPage page)
    {
        await page.GotoAsync("/register");
        await page.GetByLabel("E-mail").FillAsync($"{Guid.CreateVersion7():n}@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Account.Password);
        await page.GetByLabel("Workspace").FillAsync("Harbor Pumps");
        await page.Locator("main form button").First.ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Your question" }).FillAsync("Count, please.");
        await page.Keyboard.PressAsync("Enter");
    }

    private (string, string?)[] Settings() =>
    [
        ("Worker:Queues", "chat"), ("Identity:AttemptsPerMinute", "100000"), ("Gateway:DefaultModel", "slow"),
        ("Gateway:Providers:sim:Kind", "openai-compatible"), ("Gateway:Providers:sim:BaseUrl", $"{_provider!.Address}/v1"), ("Gateway:Providers:sim:ApiKeys:0", "sk-sim"),
        ("Gateway:Models:slow:Targets:0:Provider", "sim"), ("Gateway:Models:slow:Targets:0:Model", "slow"),
        ("Gateway:Prices:sim:slow:Input", "0.5"), ("Gateway:Prices:sim:slow:Output", "1.5"),
        ("Gateway:Ledger:JournalFolder", Path.Combine(_stack.RedisServer.State, "journal")), ("Logging:LogLevel:Default", "Information"),
    ];
}
