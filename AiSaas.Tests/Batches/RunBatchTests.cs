using System.Diagnostics;
using System.Text.Json.Nodes;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;

namespace AiSaas.Tests.Batches;

/// <summary>Batches at work: counted while they run, finished whoever dies, stopped when asked.</summary>
public sealed class RunBatchTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly BatchProduct _product = new(postgres);

    public ValueTask InitializeAsync() => _product.InitializeAsync();

    public ValueTask DisposeAsync() => _product.DisposeAsync();

    [Fact]
    public async Task A_thousand_prompts_are_answered_in_order_each_once_at_their_price()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        var job = await api.SubmitAsync(BatchApi.Prompts(1_000, "plain"));
        Assert.Equal(1_000, (int)(await api.JobAsync(job))["result"]!["total"]!);
        Assert.Empty(await api.ResultsAsync(job));

        _product.Work();
        var ended = await api.EndedAsync(job, TimeSpan.FromMinutes(2));
        Assert.Equal(("succeeded", 1.0), ((string)ended["status"]!, (double)ended["progress"]!));
        Assert.Equal((1_000, 0, 0), BatchApi.Counts(ended));
        Assert.Equal(("0.082000000", 12_000, 7_000), (
            (string)ended["result"]!["costUsd"]!, (int)ended["result"]!["inputTokens"]!, (int)ended["result"]!["outputTokens"]!));

        var lines = await api.ResultsAsync(job);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(one => $"You said: say {one}"), lines.Select(BatchApi.Said));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(one => $"{one}"), lines.Select(line => (string)line["custom_id"]!));
        Assert.All(lines, line => Assert.Equal((200, null), ((int)line["response"]!["status_code"]!, line["error"])));
        Assert.Equal(lines[700..750].Select(line => line.ToJsonString()), (await api.ResultsAsync(job, $"?after={lines[699]["id"]}&limit=50")).Select(line => line.ToJsonString()));
        Assert.All(_product.Provider.Asked, asked => Assert.Equal(1, asked.Value));

        await Eventually.TrueAsync(
            async () => await _product.Stack.ScalarAsync<long>(
                "select coalesce(sum(cost_nanos), 0)::bigint from model_calls where tenant_id = $1 and feature = 'batch'", account.TenantId) == 1_000 * BatchProduct.CallNanos,
            "the ledger has every call under its feature");
    }

    [Fact]
    public async Task Each_api_is_spoken_and_what_fails_fails_alone()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        _product.Work();
        var job = await api.LinesAsync(string.Join('\n',
            BatchApi.Line("chat", "one"),
            """{"custom_id":"response","method":"POST","url":"/v1/responses","body":{"model":"plain","input":"two"}}""",
            """{"custom_id":"vector","method":"POST","url":"/v1/embeddings","body":{"model":"embed","input":"three"}}""",
            """{"custom_id":"message","method":"POST","url":"/v1/messages","body":{"model":"plain","max_tokens":50,"messages":[{"role":"user","content":"four"}]}}""",
            BatchApi.Line("bad", "five", "bad"),
            BatchApi.Line("fails", "six", "fails"),
            BatchApi.Line("limited", "seven", "limited")));
        var ended = await api.EndedAsync(job, TimeSpan.FromMinutes(1));
        Assert.Equal("succeeded", (string)ended["status"]!);
        Assert.Equal((5, 2, 0), BatchApi.Counts(ended));

        var lines = (await api.ResultsAsync(job)).ToDictionary(line => (string)line["custom_id"]!, line => line["response"]!);
        Assert.Equal("You said: two", (string)lines["response"]["body"]!["output"]![0]!["content"]![0]!["text"]!);
        Assert.Equal(0.25, (double)lines["vector"]["body"]!["data"]![0]!["embedding"]![1]!);
        Assert.Equal("You said: four", (string)lines["message"]["body"]!["content"]![0]!["text"]!);
        Assert.Equal((400, "unsupported_value"), ((int)lines["bad"]["status_code"]!, (string)lines["bad"]["body"]!["error"]!["code"]!));
        Assert.InRange((int)lines["fails"]["status_code"]!, 500, 599);
        Assert.Equal(200, (int)lines["limited"]["status_code"]!);
        Assert.True(_product.Provider.Asked["seven"] > 3);
    }

    [Fact]
    public async Task Progress_cost_and_results_show_while_it_runs_and_cancelling_keeps_them()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        _product.Work();
        string items = string.Join(',', Enumerable.Range(0, 300).Select(one => $$"""{"prompt":"say {{one}}","model":"{{(one < 250 ? "plain" : "wait")}}"}"""));
        var job = await api.SubmitAsync($$"""{"kind":"batch","items":[{{items}}]}""");
        var running = await Eventually.GetAsync(
            async () => await api.JobAsync(job) is var found && BatchApi.Counts(found).Item1 == 250 ? found : null, "the quick ones are done");
        Assert.Equal(("running", "0.020500000"), ((string)running["status"]!, (string)running["result"]!["costUsd"]!));
        Assert.Equal(0.8333, (double)running["progress"]!, 3);
        Assert.Equal(250, (await api.ResultsAsync(job)).Count);
        await Eventually.TrueAsync(() => Task.FromResult(_product.Provider.Asked.Count > 250), "slow ones are under way");

        long asked = Stopwatch.GetTimestamp();
        await api.DoAsync(job, "cancel");
        await Eventually.TrueAsync(
            async () => await _product.Stack.ScalarAsync<long>("select count(*) from jobs where status in ('queued', 'running', 'waiting')") == 0, "all parts stop");
        Assert.True(Stopwatch.GetElapsedTime(asked) < TimeSpan.FromSeconds(15), $"It took {Stopwatch.GetElapsedTime(asked)}.");
        Assert.True(_product.Provider.Left > 0);

        var ended = await api.EndedAsync(job);
        Assert.Equal(("canceled", (250, 0, 50)), ((string)ended["status"]!, BatchApi.Counts(ended)));
        var lines = await api.ResultsAsync(job);
        Assert.Equal(300, lines.Count);
        Assert.All(lines[250..], line => Assert.Equal(("batch_cancelled", null), ((string)line["error"]!["code"]!, line["response"])));

        // Taken up again it makes the rest, and nothing else.
        _product.Provider.Go.SetResult();
        await api.DoAsync(job, "retry");
        ended = await api.EndedAsync(job);
        Assert.Equal(("succeeded", (300, 0, 0)), ((string)ended["status"]!, BatchApi.Counts(ended)));
        Assert.All(_product.Provider.Asked.Where(one => int.Parse(one.Key[4..]) < 250), one => Assert.Equal(1, one.Value));
    }

    [Fact]
    public async Task Killed_workers_and_an_emptied_redis_lose_nothing_and_double_no_result()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        var job = await api.SubmitAsync(BatchApi.Prompts(1_000, "slow"));
        foreach (int until in new[] { 100, 400 })
        {
            await using var victim = WorkerProcess.Start(_product.Stack, [.. _product.Settings, ("Worker:Concurrency:batch", "3")]);
            await Eventually.TrueAsync(async () => await ResultsAsync() >= until, $"{until} are done:\n{victim.Output}", TimeSpan.FromMinutes(2));
            victim.Kill();
            await FlushAsync();
        }

        long before = await ResultsAsync();
        Assert.InRange(before, 400, 999);
        _product.Work();
        var ended = await api.EndedAsync(job, TimeSpan.FromMinutes(2));
        Assert.Equal(("succeeded", (1_000, 0, 0)), ((string)ended["status"]!, BatchApi.Counts(ended)));
        Assert.Equal("0.082000000", (string)ended["result"]!["costUsd"]!);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(one => $"You said: say {one}"), (await api.ResultsAsync(job)).Select(BatchApi.Said));

        // What two killed workers had under way or unwritten was asked again, no more: 3 parts with 8 calls, and a group each.
        Assert.InRange(_product.Provider.Asked.Values.Sum(), 1_000, 1_000 + (2 * 3 * (8 + 16 + 16)));
    }

    [Fact]
    public async Task A_budget_that_runs_out_stops_at_the_cap_and_the_rest_goes_on_when_there_is_more()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        await BudgetAsync(account, "0.004");
        _product.Work();
        var job = await api.SubmitAsync(
            $$"""{"kind":"batch","model":"plain","items":[{{string.Join(',', Enumerable.Range(0, 100).Select(one => $$"""{"prompt":"say {{one}}","maxTokens":7}"""))}}]}""");
        var ended = await api.EndedAsync(job, TimeSpan.FromMinutes(1));
        Assert.Equal(("failed", "batch:budget-spent"), ((string)ended["status"]!, (string)ended["error"]!["code"]!));
        var (succeeded, failed, canceled) = BatchApi.Counts(ended);
        Assert.InRange(succeeded, 30, 48);
        Assert.Equal((100 - succeeded, 0), (failed, canceled));
        var lines = await api.ResultsAsync(job);
        Assert.Equal(failed, lines.Count(line => (string?)line["response"]!["body"]!["error"]?["code"] == "insufficient_quota"));
        Assert.True(decimal.Parse((string)ended["result"]!["costUsd"]!, System.Globalization.CultureInfo.InvariantCulture) <= 0.004m);

        await BudgetAsync(account, "1");
        await api.DoAsync(job, "retry");
        ended = await api.EndedAsync(job, TimeSpan.FromMinutes(1));
        Assert.Equal(("succeeded", (100, 0, 0), "0.008200000"), ((string)ended["status"]!, BatchApi.Counts(ended), (string)ended["result"]!["costUsd"]!));
        Assert.All(_product.Provider.Asked, asked => Assert.Equal(1, asked.Value));
    }

    [Fact]
    public async Task A_limit_of_calls_a_minute_slows_it_down_and_fails_nothing()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        _product.Work(("Gateway:Limits:TenantRequestsPerMinute", "300"));
        var job = await api.SubmitAsync(BatchApi.Prompts(320, "plain"));
        var ended = await api.EndedAsync(job, TimeSpan.FromMinutes(2));
        Assert.Equal(("succeeded", (320, 0, 0)), ((string)ended["status"]!, BatchApi.Counts(ended)));
    }

    [Fact]
    public async Task A_key_that_is_revoked_meanwhile_buys_nothing_more()
    {
        using var account = await _product.RegisterAsync();
        using var other = await account.Http.PostAsync("/api/keys", new StringContent("""{"name":"second"}""", System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        var second = JsonNode.Parse(await other.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        BatchApi api = new(account);
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/jobs")
        {
            Headers = { Authorization = new("Bearer", (string)second["key"]!) },
            Content = new StringContent(BatchApi.Prompts(5, "plain"), System.Text.Encoding.UTF8, "application/json"),
        };
        using var accepted = await account.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var job = Guid.Parse((string)JsonNode.Parse(await accepted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["jobId"]!);
        (await account.Http.DeleteAsync($"/api/keys/{second["id"]}", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

        _product.Work();
        var ended = await api.EndedAsync(job);
        Assert.Equal((0, 5, 0), BatchApi.Counts(ended));
        Assert.All(await api.ResultsAsync(job), line => Assert.Equal((401, "invalid_api_key"), (
            (int)line["response"]!["status_code"]!, (string)line["response"]!["body"]!["error"]!["code"]!)));
        Assert.Empty(_product.Provider.Asked);
    }

    [Fact]
    public async Task A_webhook_is_told_how_it_ended_with_its_counts()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        using var response = await api.PostAsync(BatchApi.Prompts(3, "plain", ",\"webhook\":\"https://example.com/hook\""), "application/json");
        var accepted = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.NotEmpty((string)accepted["webhookSecret"]!);
        var canceled = await api.SubmitAsync(BatchApi.Prompts(2, "plain", ",\"webhook\":\"https://example.com/hook\",\"runAt\":\"2100-01-01T00:00:00Z\""));
        await api.DoAsync(canceled, "cancel");
        _product.Work();
        var job = Guid.Parse((string)accepted["jobId"]!);
        await api.EndedAsync(job);
        Assert.Equal("job.succeeded 3 0 0", await ToldAsync(job));
        Assert.Equal("job.canceled 0 0 2", await ToldAsync(canceled));

        async Task<string> ToldAsync(Guid about)
        {
            var told = JsonNode.Parse((await _product.Stack.ScalarAsync<string>("select payload from webhook_deliveries where subject_id = $1", about))!)!;
            Assert.Equal($"/api/jobs/{about}/results", (string)told["data"]!["result"]!["resultsUrl"]!);
            return $"{told["type"]} {told["data"]!["result"]!["succeeded"]} {told["data"]!["result"]!["failed"]} {told["data"]!["result"]!["canceled"]}";
        }
    }

    [Fact]
    public async Task What_has_had_its_time_goes_with_its_job()
    {
        using var account = await _product.RegisterAsync();
        BatchApi api = new(account);
        _product.Work();
        var old = await api.SubmitAsync(BatchApi.Prompts(3, "plain"));
        var young = await api.SubmitAsync(BatchApi.Prompts(3, "plain"));
        await api.EndedAsync(old);
        await api.EndedAsync(young);
        await _product.Stack.ScalarAsync<object>("update batches set expires_at = now() - interval '1 second' where id = $1", old);
        Assert.Equal(1, await _product.Stack.ScalarAsync<int>("select app.expire_batches(10)"));
        Assert.Equal(0, await _product.Stack.ScalarAsync<int>("select app.expire_batches(10)"));
        foreach (string table in new[] { "batch_items", "batch_results" })
        {
            Assert.Equal(3, await _product.Stack.ScalarAsync<long>($"select count(*) from {table}"));
        }

        Assert.Equal(3, (await api.ResultsAsync(young)).Count);
    }

    private Task<long> ResultsAsync() => _product.Stack.ScalarAsync<long>("select count(*) from batch_results");

    private static async Task BudgetAsync(Account account, string dollars)
    {
        using StringContent body = new($$"""{"scope":"tenant","limitUsd":{{dollars}}}""", System.Text.Encoding.UTF8, "application/json");
        using var put = await account.Http.PutAsync("/api/budgets", body, TestContext.Current.CancellationToken);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task FlushAsync()
    {
        using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_product.Stack.Redis + ",allowAdmin=true");
        await redis.GetDatabase().ExecuteAsync("FLUSHALL");
    }
}
