using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Chat;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;

namespace AiSaas.Tests.Runs;

/// <summary>Answers whose log is lost, whose Redis goes, whose writer dies, while readers come and go on two replicas:
/// nobody hangs, and everybody ends with the text that is stored.</summary>
public sealed class StreamLossTests(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly AnswersUnderWay _answers = new(postgres);

    public ValueTask InitializeAsync() => _answers.InitializeAsync();

    public ValueTask DisposeAsync() => _answers.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_often_the_log_is_lost_every_reader_ends_with_the_stored_text(int seed)
    {
        Random chance = new(seed);
        using var account = await _answers.RegisterAsync();
        _answers.Work();
        var (conversation, asked) = await AskAsync(account);
        using CancellationTokenSource limit = new(Patience);
        var pages = Pages(account, asked, chance, 8);
        var reading = Task.WhenAll(pages.Select((page, index) => page.ReadAsync(index % 2 == 0 ? 10_000 : 25, limit.Token)));
        for (int losses = 0; losses < 5; losses++)
        {
            await Task.Delay(chance.Next(50, 900), CancellationToken.None);
            await _answers.RedisAsync("FLUSHALL");
        }

        await reading;
        await AssertStoredAsync(account, conversation, asked, pages, AnswersUnderWay.Whole);
        Assert.Contains(pages, page => page.Visits > 2);
    }

    [Fact]
    public async Task A_log_that_runs_out_in_the_middle_is_begun_anew_and_afterwards_Postgres_has_it()
    {
        using var account = await _answers.RegisterAsync();
        _answers.Work();
        var (conversation, asked) = await AskAsync(account);
        using CancellationTokenSource limit = new(Patience);
        var pages = Pages(account, asked, new Random(4), 4);
        var reading = Task.WhenAll(pages.Select(page => page.ReadAsync(40, limit.Token)));
        await ShowsAsync(pages[0], 100);
        await ExpireAsync(asked.RunId);
        await reading;
        await AssertStoredAsync(account, conversation, asked, pages, AnswersUnderWay.Whole);

        await ExpireAsync(asked.RunId);
        long start = Stopwatch.GetTimestamp();
        var late = Pages(account, asked, new Random(5), 1);
        await late[0].ReadAsync(10_000, limit.Token);
        Assert.Equal(AnswersUnderWay.Whole, late[0].Text);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), "a finished run whose log is gone is read without waiting");
    }

    [Fact]
    public async Task A_redis_that_freezes_and_comes_back_with_its_data_costs_nobody_a_word()
    {
        using var account = await _answers.RegisterAsync();
        _answers.Work();
        var (conversation, asked) = await AskAsync(account);
        using CancellationTokenSource limit = new(Patience);
        var pages = Pages(account, asked, new Random(6), 6);
        var reading = Task.WhenAll(pages.Select((page, index) => page.ReadAsync(index < 3 ? 10_000 : 30, limit.Token)));
        await ShowsAsync(pages[0], 100);
        await _answers.RedisAsync("CLIENT", "PAUSE", 2_500, "ALL");
        await reading;
        await AssertStoredAsync(account, conversation, asked, pages, AnswersUnderWay.Whole);
    }

    [Fact]
    public async Task A_redis_that_is_stopped_and_comes_back_empty_costs_nobody_a_word()
    {
        using var account = await _answers.RegisterAsync();
        _answers.Work();
        var (conversation, asked) = await AskAsync(account);
        using CancellationTokenSource limit = new(Patience);
        var pages = Pages(account, asked, new Random(7), 6);
        var reading = Task.WhenAll(pages.Select((page, index) => page.ReadAsync(index < 3 ? 10_000 : 30, limit.Token)));
        await ShowsAsync(pages[0], 100);
        await _answers.Stack.RedisServer.StopAsync();
        await Task.Delay(700, CancellationToken.None);
        await _answers.Stack.RedisServer.RestartAsync(CancellationToken.None);
        await reading;
        await AssertStoredAsync(account, conversation, asked, pages, AnswersUnderWay.Whole);
    }

    [Fact]
    public async Task Without_redis_until_the_end_the_answer_is_written_and_read()
    {
        using var account = await _answers.RegisterAsync();
        _answers.Work();
        var (conversation, asked) = await AskAsync(account);
        using CancellationTokenSource limit = new(Patience);
        var pages = Pages(account, asked, new Random(8), 4);
        var reading = Task.WhenAll(pages.Select(page => page.ReadAsync(10_000, limit.Token)));
        await ShowsAsync(pages[0], 100);
        await _answers.Stack.RedisServer.StopAsync();
        await reading;
        await AssertStoredAsync(account, conversation, asked, pages, AnswersUnderWay.Whole);
    }

    [Fact]
    public async Task Another_tab_on_another_replica_stops_what_it_resumed_and_all_tabs_end_alike()
    {
        using var account = await _answers.RegisterAsync();
        _answers.Work();
        var (conversation, asked) = await AskAsync(account);
        using CancellationTokenSource limit = new(Patience);
        var pages = Pages(account, asked, new Random(9), 4);
        var reading = Task.WhenAll(pages.Select((page, index) => page.ReadAsync(index == 0 ? 10_000 : 20, limit.Token)));
        await ShowsAsync(pages[3], 60);
        await _answers.RedisAsync("FLUSHALL");
        using HttpClient other = new() { BaseAddress = _answers.Replica(1) };
        other.DefaultRequestHeaders.Authorization = account.Http.DefaultRequestHeaders.Authorization;
        using var stopped = await other.PostAsync($"/api/runs/{asked.RunId}/stop", null, limit.Token);
        Assert.Equal(System.Net.HttpStatusCode.Accepted, stopped.StatusCode);
        await reading;
        var answer = await AssertStoredAsync(account, conversation, asked, pages);
        Assert.Equal("stopped", answer.Status);
        Assert.All(pages, page => Assert.True(page.WasStopped));
        Assert.StartsWith(answer.Text, AnswersUnderWay.Whole, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_killed_worker_is_replaced_and_pages_of_the_AI_SDK_end_with_the_whole_text_once(bool logIsLostToo)
    {
        using var account = await _answers.RegisterAsync();
        await using var victim = WorkerProcess.Start(_answers.Stack, _answers.Settings);
        using var node = StartNode(account);
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(await LineAsync(node) == "streaming", $"{await errors}\n{victim.Output}");
        victim.Kill();
        if (logIsLostToo)
        {
            await _answers.RedisAsync("FLUSHALL");
        }

        _answers.Work();
        using var shown = JsonDocument.Parse(await LineAsync(node));
        foreach (var page in shown.RootElement.EnumerateArray())
        {
            Assert.Equal((AnswersUnderWay.Whole, null, 2), (page.GetProperty("text").GetString(), page.GetProperty("error").GetString(), page.GetProperty("messages").GetInt32()));
        }
    }

    private static Process StartNode(Account account)
    {
        ProcessStartInfo start = new("node", ["takeover.mjs"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.PathOf("AiSaas.Tests", "Gateway", "Clients", "node"),
        };
        start.Environment["AISAAS_URL"] = account.Http.BaseAddress!.AbsoluteUri.TrimEnd('/');
        start.Environment["AISAAS_KEY"] = account.Key;
        return Process.Start(start)!;
    }

    private static async Task<string> LineAsync(Process node) =>
        await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience) ?? "";

    private static Task ShowsAsync(RestlessPage page, int characters) =>
        Eventually.TrueAsync(() => Task.FromResult(page.Text.Length > characters), "some words show");

    private async Task ExpireAsync(Guid run)
    {
        foreach (string key in await _answers.KeysAsync(run))
        {
            await _answers.RedisAsync("PEXPIRE", key, 1);
        }
    }

    private RestlessPage[] Pages(Account account, AskAccepted asked, Random chance, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new RestlessPage(_answers, account, asked.RunId, new Random(chance.Next())))];

    private static async Task<(Guid Conversation, AskAccepted Asked)> AskAsync(Account account)
    {
        var conversation = await account.StartConversationAsync();
        using var response = await account.Http.PostAsJsonAsync($"/api/conversations/{conversation}/messages", new AskRequest("Tell it all.", "slow"));
        return (conversation, (await response.Content.ReadFromJsonAsync(ContractsJson.Default.AskAccepted))!);
    }

    private static async Task<Message> AssertStoredAsync(
        Account account, Guid conversation, AskAccepted asked, RestlessPage[] pages, string? whole = null)
    {
        var answer = await account.AnswerAsync(conversation, asked.AssistantMessageId);
        Assert.Equal(whole ?? answer.Text, answer.Text);
        Assert.All(pages, page => Assert.Equal(answer.Text, page.Text));
        return answer;
    }
}
