using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AiSaas.Core.Batches;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Batches;

/// <summary>What is taken and what is refused: all of a batch, or nothing of it.</summary>
public sealed class SubmitBatchTests(BatchProduct product) : IClassFixture<BatchProduct>
{
    private const string Json = "application/json";
    private const string Lines = "application/jsonl";

    [Fact]
    public async Task Json_in_any_order_and_files_by_body_or_form_come_to_the_same()
    {
        using var account = await product.RegisterAsync();
        BatchApi api = new(account);
        var json = await api.SubmitAsync(
            """
            {"items":[{"prompt":"a \"quoted\" é\u00e9"},{"messages":[{"role":"user","content":"b"}],"model":"slow","customId":"second","maxTokens":5,"temperature":0.50},
            {"custom_id":"third","method":"POST","url":"/v1/embeddings","body":{"input":"x","model":"embed"}},{"url":"/v1/responses","body":{"input":"y"}}],
            "kind":"batch","model":"plain","priority":"low","runAt":"2100-01-01T00:00:00Z"}
            """);
        Assert.Equal(
            [
                """0 0 {"model":"plain","messages":[{"role":"user","content":"a \"quoted\" é\u00e9"}]}""",
                """second 0 {"model":"slow","messages":[{"role":"user","content":"b"}],"max_tokens":5,"temperature":0.50}""",
                """third 2 {"input":"x","model":"embed"}""",
                """3 1 {"model":"plain","input":"y"}""",
            ],
            await ItemsAsync(json));
        Assert.Equal("2 2100", await product.Stack.ScalarAsync<string>("select priority || ' ' || extract(year from run_at) from jobs where id = $1", json));

        string file = $"\uFEFF{BatchApi.Line("one", "1")}\r\n\r\n  {BatchApi.Line("two", "2")}  \n{{\"prompt\":\"3\"}}";
        var body = await api.LinesAsync(file, "?model=slow&priority=0&runAt=2100-01-01T00:00:00%2B02:00");
        using MultipartFormDataContent form = new() { { new StringContent("slow"), "model" }, { new StringContent("2100-01-01"), "runAt" }, { new StringContent(file), "file", "x.jsonl" } };
        using var sent = await account.Http.PostAsync("/api/jobs", form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
        var byForm = Guid.Parse((string)JsonNode.Parse(await sent.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["jobId"]!);
        Assert.Equal(await ItemsAsync(body), await ItemsAsync(byForm));
        Assert.Equal("""2 0 {"model":"slow","messages":[{"role":"user","content":"3"}]}""", (await ItemsAsync(body))[2]);
    }

    [Theory]
    [InlineData("""{"items":[{"prompt":"x"}]}""", "jobs:unknown-kind", null)]
    [InlineData("""{"kind":"ingest","items":[{"prompt":"x"}]}""", "jobs:unknown-kind", null)]
    [InlineData("""{"kind":"batch"}""", "batch:empty", null)]
    [InlineData("""{"kind":"batch","items":[]}""", "batch:empty", null)]
    [InlineData("""{"kind":"batch","items":{}}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}]} more""", "batch:invalid", null)]
    [InlineData("""["batch"]""", "batch:invalid", null)]
    [InlineData("", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}],"wibhook":"https://example.com"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}],"webhook":"http://169.254.169.254/latest"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}],"priority":"urgent"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}],"runAt":"soon"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}],"model":"no-such"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x"}],"model":{}}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","inputFileId":"file-0"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","inputFileId":"file-01a2014b162e70e5927a0c2ad7c40cf9"}""", "batch:invalid", null)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x","model":"plain"},7]}""", "batch:bad-item", 1)]
    [InlineData("""{"kind":"batch","items":[{"prompt":"x","model":"plain"},{"prompt":"y","model":"no-such"}]}""", "batch:bad-item", 1)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":"x","messages":[{}]}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":""}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":5}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":"x","maxTokens":0}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":"x","seed":1}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":"x","customId":""}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":"x","customId":"a\u0000"}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":"x","customId":"1"},{"prompt":"y"}]}""", "batch:bad-item", 1)]
    [InlineData("""{"kind":"batch","model":"plain","items":[{"prompt":"x","customId":"\ud83d"}]}""", "batch:bad-item", 0)]
    [InlineData("""{"kind":"batch","items":[{"url":"/v1/embeddings","body":{"input":"x"}}]}""", "batch:bad-item", 0)]
    public async Task Json_that_is_no_batch_is_refused_with_its_item(string body, string code, int? item)
    {
        using var account = await product.RegisterAsync();
        var refused = await new BatchApi(account).RefusedAsync(body);
        Assert.Equal((code, item), ((string)refused["code"]!, (int?)refused["item"]));
        Assert.DoesNotContain("   at ", (string)refused["detail"]!, StringComparison.Ordinal);
        await NothingAsync(account);
    }

    [Theory]
    [InlineData("""{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"model":"plain","messages":[],"stream":true}}""")]
    [InlineData("""{"custom_id":"b","method":"POST","url":"/v1/responses","body":{"model":"plain","input":"x","background":true}}""")]
    [InlineData("""{"custom_id":"b","method":"GET","url":"/v1/chat/completions","body":{"model":"plain"}}""")]
    [InlineData("""{"custom_id":"b","method":"POST","url":"https://evil.example/v1/chat/completions","body":{"model":"plain"}}""")]
    [InlineData("""{"custom_id":"b","method":"POST","url":"/api/keys","body":{"model":"plain"}}""")]
    [InlineData("""{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":"{}"}""")]
    [InlineData("""{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"model":"plain","model":"slow"}}""")]
    [InlineData("""{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"model":"plain"}} {}""")]
    [InlineData("""{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"model":"plain"}""")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"plain"}}""")]
    [InlineData("""{"custom_id":5,"method":"POST","url":"/v1/chat/completions","body":{"model":"plain"}}""")]
    [InlineData("null")]
    public async Task A_line_that_is_no_request_is_refused_with_its_number(string line)
    {
        using var account = await product.RegisterAsync();
        var refused = await new BatchApi(account).RefusedAsync($"{BatchApi.Line("a", "1")}\n\n{line}\n", Lines);
        Assert.Equal(("batch:bad-item", 3), ((string)refused["code"]!, (int)refused["line"]!));
        Assert.StartsWith("Line 3: ", (string)refused["detail"]!, StringComparison.Ordinal);
        await NothingAsync(account);
    }

    [Fact]
    public async Task Hostile_files_are_refused_and_leave_nothing()
    {
        using var account = await product.RegisterAsync();
        BatchApi api = new(account);
        byte[] bad = [.. """{"prompt":"x"""u8, 0xC3, 0x28, .. "\"}"u8];
        Assert.Equal((1, "batch:bad-item"), Place(await api.RefusedAsync(bad, Lines)));
        Assert.Equal("batch:bad-item", (string)(await api.RefusedAsync([.. """{"kind":"batch","items":["""u8, .. bad, .. "]}"u8], Json))["code"]!);
        Assert.Equal("batch:invalid", (string)(await api.RefusedAsync([.. """{"kind":"batch","model":"x"""u8, 0xC3, 0x28, .. "\"}"u8], Json))["code"]!);
        Assert.Equal((1, "batch:bad-item"), Place(await api.RefusedAsync(new string('[', 1_000), Lines)));
        Assert.Equal("batch:bad-item", (string)(await api.RefusedAsync($$"""{"kind":"batch","items":[{{new string('[', 1_000)}}""", Json, HttpStatusCode.BadRequest))["code"]!.ToString().Replace("batch:invalid", "batch:bad-item", StringComparison.Ordinal));
        string huge = $$"""{"prompt":"{{new string('x', 3 << 20)}}"}""";
        Assert.Equal((2, "batch:bad-item"), Place(await api.RefusedAsync($"{{\"prompt\":\"x\"}}\n{huge}", Lines)));
        Assert.Equal(1, (int)(await api.RefusedAsync($$"""{"kind":"batch","items":[{"prompt":"x"},{{huge}}]}"""))["item"]!);
        Assert.Equal("batch:empty", (string)(await api.RefusedAsync("\n \n", Lines))["code"]!);
        Assert.Equal("jobs:unknown-kind", (string)(await api.RefusedAsync("{}", Lines, query: "?kind=crawl"))["code"]!);
        Assert.Equal("request:unsupported-media-type", (string)(await api.RefusedAsync("a,b", "text/csv", HttpStatusCode.UnsupportedMediaType))["code"]!);
        using MultipartFormDataContent none = new() { { new StringContent("plain"), "model" } };
        using var formless = await account.Http.PostAsync("/api/jobs", none, TestContext.Current.CancellationToken);
        Assert.Equal("batch:no-file", (await Account.ProblemAsync(formless)).Code);
        await NothingAsync(account);
    }

    [Fact]
    public async Task A_hundred_thousand_are_taken_and_one_more_is_not()
    {
        using var account = await product.RegisterAsync();
        BatchApi api = new(account);
        string most = string.Concat(Enumerable.Range(0, 100_000).Select(one => $"{{\"prompt\":\"Say {one}, please, and nothing else.\"}}\n"));
        Assert.Equal("batch:too-many", (string)(await api.RefusedAsync(most + "{\"prompt\":\"one more\"}\n", Lines))["code"]!);
        await NothingAsync(account);

        var job = await api.LinesAsync(most, "?model=plain&runAt=2100-01-01");
        Assert.Equal(100_000, (int)(await api.JobAsync(job))["result"]!["total"]!);
        Assert.Equal(1_000, await product.Stack.ScalarAsync<long>("select count(*) from batch_parts where batch_id = $1", job));
        Assert.Equal(100_000, await product.Stack.ScalarAsync<long>(
            "select sum(last - first + 1) from batch_parts where batch_id = $1", job));
        await api.DoAsync(job, "cancel");
        Assert.Equal((0, 0, 100_000), BatchApi.Counts(await api.JobAsync(job)));
        Assert.Equal(100_000, (await api.ResultsAsync(job)).Count);
    }

    [Fact]
    public async Task The_same_key_is_the_same_batch_while_it_is_open()
    {
        using var account = await product.RegisterAsync();
        using var stranger = await product.RegisterAsync();
        BatchApi api = new(account);
        string body = BatchApi.Prompts(3, "plain", ",\"dedupeKey\":\"nightly\",\"runAt\":\"2100-01-01T00:00:00Z\"");
        var first = await api.SubmitAsync(body);
        var again = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => api.SubmitAsync(body)));
        Assert.All(again, id => Assert.Equal(first, id));
        Assert.NotEqual(first, await new BatchApi(stranger).SubmitAsync(body));
        Assert.Equal(3, (await ItemsAsync(first)).Length);
        await api.DoAsync(first, "cancel");
        Assert.NotEqual(first, await api.SubmitAsync(body));
    }

    [Fact]
    public async Task Viewers_and_keys_for_other_things_submit_nothing_and_a_key_reaches_its_own_models_alone()
    {
        using var account = await product.RegisterAsync();
        async Task<JsonNode> SendAsync(string key, HttpStatusCode expected)
        {
            using var made = await account.Http.PostAsync("/api/keys", new StringContent(key, Encoding.UTF8, Json), TestContext.Current.CancellationToken);
            var created = JsonNode.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/jobs")
            {
                Headers = { Authorization = new("Bearer", (string)created["key"]!) },
                Content = new StringContent(BatchApi.Prompts(1, "plain", ",\"runAt\":\"2100-01-01T00:00:00Z\""), Encoding.UTF8, Json),
            };
            using var response = await account.Http.SendAsync(request, TestContext.Current.CancellationToken);
            string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.StatusCode == expected, text);
            return JsonNode.Parse(text)!;
        }

        Assert.Equal("auth:scope", (string)(await SendAsync("""{"name":"reads","scopes":["read"]}""", HttpStatusCode.Forbidden))["code"]!);
        Assert.Equal("auth:scope", (string)(await SendAsync("""{"name":"searches","scopes":["search"]}""", HttpStatusCode.Forbidden))["code"]!);
        Assert.Equal("batch:invalid", (string)(await SendAsync("""{"name":"slow","scopes":["jobs"],"allowedModels":["slow"]}""", HttpStatusCode.BadRequest))["code"]!);
        Assert.NotNull((await SendAsync("""{"name":"jobs","scopes":["jobs"],"allowedModels":["plain"]}""", HttpStatusCode.Accepted))["jobId"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task However_it_is_cut_on_its_way_it_is_read_the_same(int piece)
    {
        const string Body = """{"webhook":"https://example.com/ä","items":[ {"prompt":"{\"[]\\"} , {"messages":[{"role":"user","content":"é😀"}],"customId":"z"}],"dedupeKey":"k"}""";
        BatchOptions options = new();
        await using BatchDraft json = new(options, new SpoolRoom(Options.Create(options)));
        await using Pieces whole = new(Encoding.UTF8.GetBytes(Body), piece);
        await new BatchJson(json, 1_000).ReadAsync(whole, TestContext.Current.CancellationToken);
        Assert.Equal(("k", "https://example.com/ä"), (json.Submission.DedupeKey, json.Submission.Webhook));

        await using BatchDraft lines = new(options, new SpoolRoom(Options.Create(options)));
        await using Pieces file = new(Encoding.UTF8.GetBytes("""{"prompt":"{\"[]\\"}""" + "\r\n\n" + """{"messages":[{"role":"user","content":"é😀"}],"customId":"z"}"""), piece);
        await BatchJsonl.ReadAsync(file, lines, 1_000, TestContext.Current.CancellationToken);
        Assert.Equal(await SpooledAsync(json), await SpooledAsync(lines));
        Assert.Equal(["0", "z"], (await SpooledAsync(json)).Select(one => one.Split(' ')[0]));
    }

    private static async Task<List<string>> SpooledAsync(BatchDraft draft)
    {
        List<string> all = [];
        await foreach (var (id, item) in draft.Spool.ReadAsync(TestContext.Current.CancellationToken))
        {
            all.Add($"{id} {Encoding.UTF8.GetString(item.Body.Span)}");
        }

        return all;
    }

    private static (int?, string) Place(JsonNode refused) => ((int?)refused["line"], (string)refused["code"]!);

    private async Task<string[]> ItemsAsync(Guid job) => (await product.Stack.ScalarAsync<string[]>(
        "select array_agg(custom_id || ' ' || api || ' ' || convert_from(request, 'UTF8') order by ordinal) from batch_items where batch_id = $1", job))!;

    private async Task NothingAsync(Account account)
    {
        foreach (string table in new[] { "jobs", "batches", "batch_items", "webhook_jobs" })
        {
            Assert.Equal(0, await product.Stack.ScalarAsync<long>($"select count(*) from {table} where tenant_id = $1", account.TenantId));
        }
    }

    /// <summary>A body that arrives some bytes at a time.</summary>
    private sealed class Pieces(byte[] content, int piece) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
