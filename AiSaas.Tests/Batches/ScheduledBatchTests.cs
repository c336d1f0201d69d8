using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Batches;

/// <summary>Batches by reference and by the calendar.</summary>
public sealed class ScheduledBatchTests(BatchProduct product) : IClassFixture<BatchProduct>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_schedule_makes_a_batch_of_its_items_or_of_a_file()
    {
        using var account = await product.RegisterAsync();
        BatchApi api = new(account);
        product.Work();
        string file = await UploadAsync(account, $"{BatchApi.Line("one", "1")}\n{{\"prompt\":\"2\"}}\n");
        foreach (string body in new[] { """{"items":[{"prompt":"1"},{"prompt":"2"}],"model":"plain"}""", $$"""{"inputFileId":"{{file}}","model":"plain"}""" })
        {
            var schedule = await SendAsync(account, "/api/schedules", $$"""{"name":"nightly","cron":"0 3 * * *","kind":"batch","body":{{body}}}""", HttpStatusCode.Created);
            var run = await SendAsync(account, $"/api/schedules/{schedule["id"]}/run", "{}", HttpStatusCode.Accepted);
            var ended = await api.EndedAsync(Guid.Parse((string)run["jobId"]!));
            Assert.Equal(("succeeded", (2, 0, 0)), ((string)ended["status"]!, BatchApi.Counts(ended)));
        }
    }

    [Theory]
    [InlineData("""{"items":[]}""", "batch:empty")]
    [InlineData("""{"items":[{"prompt":"x"}],"model":"no-such"}""", "batch:invalid")]
    [InlineData("""{"items":[{"prompt":"x","model":"plain"},{}]}""", "batch:bad-item")]
    [InlineData("""{"kind":"chat","items":[{"prompt":"x","model":"plain"}]}""", "jobs:unknown-kind")]
    public async Task A_schedule_of_no_batch_is_refused_when_it_is_written(string body, string code)
    {
        using var account = await product.RegisterAsync();
        var refused = await SendAsync(account, "/api/schedules", $$"""{"name":"x","cron":"@daily","kind":"batch","body":{{body}}}""", HttpStatusCode.BadRequest);
        Assert.Equal(code, (string)refused["code"]!);
    }

    [Fact]
    public async Task A_file_that_can_not_be_read_ends_its_batch_with_the_line()
    {
        using var account = await product.RegisterAsync();
        BatchApi api = new(account);
        product.Work();
        string file = await UploadAsync(account, $"{BatchApi.Line("one", "1")}\nnothing\n");
        var ended = await api.EndedAsync(await api.SubmitAsync($$"""{"kind":"batch","inputFileId":"{{file}}"}"""));
        Assert.Equal(("failed", "batch:bad-item"), ((string)ended["status"]!, (string)ended["error"]!["code"]!));
        Assert.StartsWith("Line 2: ", (string)ended["error"]!["detail"]!, StringComparison.Ordinal);
        await api.DoAsync(Guid.Parse((string)ended["id"]!), "retry", HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task What_the_completion_window_overtakes_expires_and_results_outlive_their_file()
    {
        // Nobody has begun it when its time is over.
        await product.RestAsync();
        using var account = await product.RegisterAsync();
        string file = await UploadAsync(account, $"{BatchApi.Line("one", "1")}\n{BatchApi.Line("two", "2", "wait")}\n");
        const string Rest = "\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"";
        var made = await SendAsync(account, "/v1/batches", $$"""{"input_file_id":"{{file}}",{{Rest}}}""", HttpStatusCode.OK);
        Guid job = Guid.ParseExact(((string)made["id"]!)["batch_".Length..], "N");
        await product.Stack.ScalarAsync<object>("update batches set deadline = now() - interval '1 second' where id = $1", job);
        product.Work();
        await new BatchApi(account).EndedAsync(job);

        var batch = (await account.Http.GetFromJsonAsync<JsonNode>($"/v1/batches/{made["id"]}", Cancellation))!;
        Assert.Equal(("expired", null, 2), ((string)batch["status"]!, batch["output_file_id"], (int)batch["request_counts"]!["failed"]!));
        string errors = await account.Http.GetStringAsync($"/v1/files/{batch["error_file_id"]}/content", Cancellation);
        Assert.All(BatchApi.Lines(errors), line => Assert.Equal("batch_expired", (string)line["error"]!["code"]!));

        using var deleted = await account.Http.DeleteAsync($"/v1/files/{batch["error_file_id"]}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Null((await account.Http.GetFromJsonAsync<JsonNode>($"/v1/batches/{made["id"]}", Cancellation))!["error_file_id"]);
        Assert.Equal(2, (await new BatchApi(account).ResultsAsync(job)).Count);
        await product.Stack.ScalarAsync<object>("update batch_files set expires_at = now() - interval '1 second'");
        Assert.True(await product.Stack.ScalarAsync<int>("select app.expire_batch_files(100)") > 0);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from files"));
    }

    private static async Task<string> UploadAsync(Account account, string lines)
    {
        using MultipartFormDataContent form = new() { { new StringContent(lines), "file", "requests.jsonl" }, { new StringContent("batch"), "purpose" } };
        using var response = await account.Http.PostAsync("/v1/files", form, Cancellation);
        return (string)(await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["id"]!;
    }

    private static async Task<JsonNode> SendAsync(Account account, string path, string json, HttpStatusCode expected)
    {
        using StringContent body = new(json, Encoding.UTF8, "application/json");
        using var response = await account.Http.PostAsync(path, body, Cancellation);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
