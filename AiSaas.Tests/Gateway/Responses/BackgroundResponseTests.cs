// The client's Responses are still marked as experimental by OpenAI.
#pragma warning disable OPENAI001
using System.ClientModel;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;
using OpenAI.Responses;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>Responses that nobody waits for: made by a worker, watched, cancelled, and finished whoever dies.</summary>
public sealed class BackgroundResponseTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly ResponsesProduct _product = new(postgres);

    public ValueTask InitializeAsync() => _product.InitializeAsync();

    public ValueTask DisposeAsync() => _product.DisposeAsync();

    [Fact]
    public async Task It_is_accepted_at_once_and_made_by_a_worker()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        var before = await api.CreateAsync("""{"model":"sim/plain","input":"Remember saffron."}""");
        var queued = await api.CreateAsync(
            $$"""{"model":"sim/plain","input":"In the back","background":true,"metadata":{"k":"v"},"previous_response_id":"{{before["id"]}}"}""");
        string id = (string)queued["id"]!;
        Assert.Equal(("queued", true, true, 0), ((string)queued["status"]!, (bool)queued["background"]!, (bool)queued["store"]!, queued["output"]!.AsArray().Count));
        Assert.Equal("queued", (string)(await api.GetAsync(id))["status"]!);
        await api.CreateAsync($$"""{"model":"sim/plain","input":"x","previous_response_id":"{{id}}"}""", HttpStatusCode.BadRequest);

        _product.Work();
        var ended = await api.EndedAsync(id);
        Assert.Equal(("completed", id, (string)before["id"]!, "v", true), ((string)ended["status"]!, (string)ended["id"]!, (string)ended["previous_response_id"]!, (string)ended["metadata"]!["k"]!, (bool)ended["background"]!));
        Assert.Equal("You said: In the back", (string)ended["output"]![0]!["content"]![0]!["text"]!);
        Assert.Equal(19, (int)ended["usage"]!["total_tokens"]!);
        Assert.Equal(4, _product.Provider.Requests[^1]["messages"]!.AsArray().Count + 1);
        Assert.True(JsonNode.DeepEquals(ended, await api.SendAsync(HttpMethod.Post, id + "/cancel")));
    }

    [Fact]
    public async Task A_reader_that_leaves_comes_back_and_misses_nothing()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        _product.Work();
        var events = await api.StreamAsync("""{"model":"sim/slow","input":"x","background":true,"stream":true}""", atMost: 20);
        string id = (string)events[0]["response"]!["id"]!;
        Assert.Equal(["response.created", "response.queued", "response.in_progress"], events[..3].Select(one => (string)one["type"]!));
        for (int visits = 0; (string)events[^1]["type"]! != "response.completed"; visits++)
        {
            events.AddRange(await api.WatchAsync(id, (long)events[^1]["sequence_number"]!, atMost: visits < 3 ? 7 : int.MaxValue));
        }

        var output = events[^1]["response"]!["output"]!;
        Assert.True(JsonNode.DeepEquals(output, Snapshot.Of(events)));
        Assert.Equal(string.Concat(Enumerable.Range(0, TalkingProvider.SlowWords).Select(word => $"w{word} ")), (string)output[0]!["content"]![0]!["text"]!);
        Assert.Equal(events.Select(one => one.ToJsonString()), (await api.WatchAsync(id)).Select(one => one.ToJsonString()));
        Assert.True(JsonNode.DeepEquals(events[^1]["response"], await api.GetAsync(id)));
    }

    [Fact]
    public async Task Cancelling_stops_the_worker_and_the_provider_soon()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        _product.Work();
        string? id = null;
        long asked = 0;
        var events = await api.StreamAsync("""{"model":"sim/stall","input":"x","background":true,"stream":true}""", seen: async one =>
        {
            id ??= (string)one["response"]!["id"]!;
            if (((string?)one["delta"])?.Contains("three", StringComparison.Ordinal) is true)
            {
                asked = Stopwatch.GetTimestamp();
                Assert.Equal("cancelled", (string)(await api.SendAsync(HttpMethod.Post, id + "/cancel"))["status"]!);
            }
        });
        Assert.InRange(Stopwatch.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.Equal(("response.cancelled", "cancelled"), ((string)events[^1]["type"]!, (string)events[^1]["response"]!["status"]!));
        await Eventually.TrueAsync(() => Task.FromResult(_product.Provider.Left == 1), "the provider's caller hangs up");
        Assert.Equal("cancelled", (string)(await api.GetAsync(id!))["status"]!);
    }

    [Fact]
    public async Task What_waits_is_cancelled_or_deleted_without_a_worker()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        string cancelled = (string)(await api.CreateAsync("""{"model":"sim/plain","input":"x","background":true}"""))["id"]!;
        string deleted = (string)(await api.CreateAsync("""{"model":"sim/plain","input":"x","background":true}"""))["id"]!;
        Assert.Equal("cancelled", (string)(await api.SendAsync(HttpMethod.Post, cancelled + "/cancel"))["status"]!);
        await api.SendAsync(HttpMethod.Delete, deleted);
        Assert.Equal("response.cancelled", (string)(await api.WatchAsync(cancelled))[^1]["type"]!);
        Assert.Equal("canceled,canceled", await _product.Stack.ScalarAsync<string>("select string_agg(status, ',') from jobs"));
        _product.Work();
        await api.CreateAsync("""{"model":"sim/plain","input":"x"}""");
        Assert.Single(_product.Provider.Requests);
    }

    [Fact]
    public async Task What_fails_says_why_in_the_response_itself()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        _product.Work();
        await api.CreateAsync("""{"model":"nobody/knows","input":"x","background":true}""", HttpStatusCode.NotFound);
        foreach (string body in (string[])["""{"model":"sim/fails","input":"x","background":true}""", """{"model":"sim/plain","input":"x","background":true,"tools":[{"type":"web_search"}]}"""])
        {
            var created = await api.CreateAsync(body);
            var ended = await api.EndedAsync((string)created["id"]!);
            Assert.Equal("failed", (string)ended["status"]!);
            Assert.NotEmpty((string)ended["error"]!["message"]!);
            var last = (await api.WatchAsync((string)created["id"]!))[^1];
            Assert.Equal("response.failed", (string)last["type"]!);
        }
    }

    [Fact]
    public async Task A_killed_workers_response_is_finished_by_another_and_its_readers_see_how()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        await using var first = WorkerProcess.Start(_product.Stack, _product.Settings);
        string? id = null;
        bool killed = false;
        var events = await api.StreamAsync("""{"model":"sim/stall","input":"x","background":true,"stream":true}""", seen: one =>
        {
            id ??= (string)one["response"]!["id"]!;
            if (!killed && ((string?)one["delta"])?.Contains("three", StringComparison.Ordinal) is true)
            {
                killed = true;
                first.Kill();
                _product.Provider.Go.SetResult();
                _product.Work();
            }

            return Task.CompletedTask;
        });

        // Numbers go on; the first item ends as incomplete, the answer's own comes after it.
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one["sequence_number"]!));
        Assert.Equal(2, events.Count(one => (string)one["type"]! == "response.in_progress"));
        Assert.Equal(["incomplete", "completed"], events.Where(one => (string)one["type"]! == "response.output_item.done").Select(one => (string)one["item"]!["status"]!));
        Assert.Equal([0, 1], events.Where(one => (string)one["type"]! == "response.output_item.added").Select(one => (int)one["output_index"]!));
        Assert.Equal("response.completed", (string)events[^1]["type"]!);
        var ended = await api.GetAsync(id!);
        Assert.Equal("One two three", (string)Assert.Single(ended["output"]!.AsArray())!["content"]![0]!["text"]!);
        Assert.Equal(2, _product.Provider.Requests.Count);
    }

    [Fact]
    public async Task Who_has_lost_the_lease_in_the_middle_is_accounted_for_with_whom_it_asked()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        _product.Work();
        bool taken = false;
        var events = await api.StreamAsync("""{"model":"sim/slow","input":"x","background":true,"stream":true}""", seen: async one =>
        {
            if (!taken && ((string?)one["delta"])?.Contains("w5", StringComparison.Ordinal) is true)
            {
                // As if the worker had been frozen: a newer fence has written to the log. This one's next words are refused.
                taken = true;
                using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_product.Stack.Redis + ",allowAdmin=true");
                string log = redis.GetServer(redis.GetEndPoints()[0]).Keys(pattern: "aisaas:1:{p:*}:meta").Single()!;
                await redis.GetDatabase().HashIncrementAsync(log, "fence", 1);
            }
        });

        Assert.Equal("response.completed", (string)events[^1]["type"]!);
        Assert.Equal(2, _product.Provider.Requests.Count);
        await Eventually.TrueAsync(
            async () => await _product.Stack.ScalarAsync<long>("select count(*) from model_calls") == 2, "both calls are in the ledger");
        Assert.Equal("canceled sim 1 t canceled, succeeded sim 1 t succeeded", await _product.Stack.ScalarAsync<string>(
            """
            select string_agg(concat_ws(' ', status, coalesce(provider, '-'), jsonb_array_length(attempts), output_tokens > 0, attempts->0->>'outcome'), ', ' order by at)
            from model_calls
            """));
    }

    [Fact]
    public async Task A_log_that_is_lost_is_given_again_and_after_the_end_postgres_answers()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        _product.Work();
        bool flushed = false;
        var events = await api.StreamAsync("""{"model":"sim/slow","input":"x","background":true,"stream":true}""", seen: async one =>
        {
            if (!flushed && ((string?)one["delta"])?.Contains("w50", StringComparison.Ordinal) is true)
            {
                flushed = true;
                await FlushAsync();
            }
        });
        string id = (string)events[0]["response"]!["id"]!;
        Assert.True(JsonNode.DeepEquals(events[^1]["response"]!["output"], Snapshot.Of(events)));

        await FlushAsync();
        var again = await api.WatchAsync(id);
        Assert.True(JsonNode.DeepEquals(events[^1]["response"]!["output"], Snapshot.Of(again)));
        var rest = await api.WatchAsync(id, after: 40);
        Assert.Equal("response.completed", (string)Assert.Single(rest)["type"]!);
        Assert.Equal(41, (int)rest[0]["sequence_number"]!);
        Assert.True(JsonNode.DeepEquals(events[^1]["response"], rest[0]["response"]));
    }

    [Fact]
    public async Task A_worker_and_its_log_lost_together_cost_readers_nothing_but_the_first_words()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        await using var first = WorkerProcess.Start(_product.Stack, _product.Settings);
        bool killed = false;
        var events = await api.StreamAsync("""{"model":"sim/stall","input":"x","background":true,"stream":true}""", seen: async one =>
        {
            if (!killed && ((string?)one["delta"])?.Contains("three", StringComparison.Ordinal) is true)
            {
                killed = true;
                first.Kill();
                await FlushAsync();
                _product.Provider.Go.SetResult();
                _product.Work();
            }
        });

        // No number comes twice: the new log begins far above the lost one.
        var numbers = events.Select(one => (long)one["sequence_number"]!).ToList();
        Assert.Equal(numbers.Order().Distinct(), numbers);
        Assert.Equal("response.completed", (string)events[^1]["type"]!);
        Assert.Equal("One two three", (string)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]!);
    }

    [Fact]
    public async Task Without_redis_it_is_made_and_read_all_the_same()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        _product.Work();
        await api.EndedAsync((string)(await api.CreateAsync("""{"model":"sim/plain","input":"x","background":true}"""))["id"]!);
        await _product.Stack.RedisServer.StopAsync();
        var events = await api.StreamAsync("""{"model":"sim/plain","input":"Without","background":true,"stream":true}""");
        Assert.True(JsonNode.DeepEquals(events[^1]["response"]!["output"], Snapshot.Of(events)));
        Assert.Equal("You said: Without", (string)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]!);
    }

    [Fact]
    public async Task OpenAIs_own_client_starts_watches_resumes_and_cancels()
    {
        using var account = await _product.RegisterAsync();
        _product.Work();
        ResponsesClient client = new(
            new ApiKeyCredential(account.Http.DefaultRequestHeaders.Authorization!.Parameter!), new ResponsesClientOptions { Endpoint = new Uri(_product.Api, "/v1") });
        CreateResponseOptions options = new() { Model = "sim/slow", BackgroundModeEnabled = true, StreamingEnabled = true };
        options.InputItems.Add(ResponseItem.CreateUserMessageItem("hi"));
        string? id = null;
        int last = -1;
        string text = "";
        await foreach (var update in client.CreateResponseStreamingAsync(options, TestContext.Current.CancellationToken))
        {
            id ??= ((StreamingResponseCreatedUpdate)update).Response.Id;
            last = update.SequenceNumber;
            text += update is StreamingResponseOutputTextDeltaUpdate said ? said.Delta : "";
            if (text.Length > 100)
            {
                break;
            }
        }

        ResponseResult? completed = null;
        await foreach (var update in client.GetResponseStreamingAsync(
            new GetResponseOptions(id!) { StartingAfter = last, StreamingEnabled = true }, TestContext.Current.CancellationToken))
        {
            Assert.Equal(++last, update.SequenceNumber);
            text += update is StreamingResponseOutputTextDeltaUpdate said ? said.Delta : "";
            completed = (update as StreamingResponseCompletedUpdate)?.Response;
        }

        Assert.Equal(text, completed!.GetOutputText());
        ResponseResult found = await client.GetResponseAsync(id!, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((ResponseStatus.Completed, text, true), (found.Status, found.GetOutputText(), found.BackgroundModeEnabled));

        options.StreamingEnabled = null;
        options.Model = "sim/stall";
        ResponseResult queued = await client.CreateResponseAsync(options, TestContext.Current.CancellationToken);
        Assert.Equal(ResponseStatus.Queued, queued.Status);
        ResponseResult cancelled = await client.CancelResponseAsync(queued.Id, TestContext.Current.CancellationToken);
        Assert.Equal(ResponseStatus.Cancelled, cancelled.Status);
        await client.DeleteResponseAsync(queued.Id, TestContext.Current.CancellationToken);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(
            () => client.GetResponseAsync(queued.Id, cancellationToken: TestContext.Current.CancellationToken))).Status);
    }

    [Fact]
    public async Task What_has_had_its_time_is_deleted()
    {
        using var account = await _product.RegisterAsync();
        ResponsesApi api = new(account);
        string old = (string)(await api.CreateAsync("""{"model":"sim/plain","input":"x"}"""))["id"]!;
        string young = (string)(await api.CreateAsync("""{"model":"sim/plain","input":"x"}"""))["id"]!;
        await _product.Stack.ScalarAsync<object>("update responses set expires_at = now() - interval '1 second' where id = $1", old);
        await api.GetAsync(old, HttpStatusCode.NotFound);
        Assert.Equal(1, await _product.Stack.ScalarAsync<int>("select app.expire_responses(100)"));
        await api.GetAsync(young);
        Assert.Equal(1, await _product.Stack.ScalarAsync<long>("select count(*) from responses"));
    }

    private async Task FlushAsync()
    {
        using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_product.Stack.Redis + ",allowAdmin=true");
        await redis.GetDatabase().ExecuteAsync("FLUSHALL");
    }
}
