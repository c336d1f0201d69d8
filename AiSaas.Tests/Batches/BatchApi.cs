using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Batches;

/// <summary>Batches as a program drives them.</summary>
internal sealed class BatchApi(Account account)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>As many prompts as wanted: <c>say 0</c>, <c>say 1</c>, …</summary>
    public static string Prompts(int amount, string model, string more = "") =>
        $$"""{"kind":"batch","model":"{{model}}","items":[{{string.Join(',', Enumerable.Range(0, amount).Select(one => $$"""{"prompt":"say {{one}}"}"""))}}]{{more}}}""";

    /// <summary>A line of OpenAI's format.</summary>
    public static string Line(string id, string prompt, string model = "plain", string url = "/v1/chat/completions") =>
        $$$"""{"custom_id":"{{{id}}}","method":"POST","url":"{{{url}}}","body":{"model":"{{{model}}}","messages":[{"role":"user","content":"{{{prompt}}}"}]}}""";

    public async Task<Guid> SubmitAsync(string json)
    {
        using var response = await PostAsync(json, "application/json");
        return await AcceptedAsync(response);
    }

    public async Task<Guid> LinesAsync(string lines, string query = "")
    {
        using var response = await PostAsync(lines, "application/jsonl", query);
        return await AcceptedAsync(response);
    }

    public Task<HttpResponseMessage> PostAsync(string body, string type, string query = "") => PostAsync(Encoding.UTF8.GetBytes(body), type, query);

    public async Task<HttpResponseMessage> PostAsync(byte[] body, string type, string query = "")
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await account.Http.PostAsync("/api/jobs" + query, content, Cancellation);
    }

    /// <summary>What a refusal says.</summary>
    public async Task<JsonNode> RefusedAsync(byte[] body, string type, HttpStatusCode expected = HttpStatusCode.BadRequest, string query = "")
    {
        using var response = await PostAsync(body, type, query);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }

    public Task<JsonNode> RefusedAsync(string body, string type = "application/json", HttpStatusCode expected = HttpStatusCode.BadRequest, string query = "") =>
        RefusedAsync(Encoding.UTF8.GetBytes(body), type, expected, query);

    public async Task<JsonNode> JobAsync(Guid job) => (await account.Http.GetFromJsonAsync<JsonNode>($"/api/jobs/{job}", Cancellation))!;

    public Task<JsonNode> EndedAsync(Guid job, TimeSpan? within = null) => Eventually.GetAsync(
        async () => await JobAsync(job) is var found && (string)found["status"]! is not ("queued" or "running") ? found : null, $"batch {job} ends", within);

    public async Task DoAsync(Guid job, string what, HttpStatusCode expected = HttpStatusCode.Accepted)
    {
        using var response = await account.Http.PostAsync($"/api/jobs/{job}/{what}", null, Cancellation);
        Assert.True(response.StatusCode == expected, await response.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<List<JsonNode>> ResultsAsync(Guid job, string query = "")
    {
        using var response = await account.Http.GetAsync($"/api/jobs/{job}/results{query}", Cancellation);
        Assert.Equal((HttpStatusCode.OK, "application/jsonl"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return Lines(await response.Content.ReadAsStringAsync(Cancellation));
    }

    public static List<JsonNode> Lines(string text)
    {
        Assert.True(text.Length == 0 || text[^1] == '\n');
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    /// <summary>succeeded, failed, canceled.</summary>
    public static (int, int, int) Counts(JsonNode job) =>
        ((int)job["result"]!["succeeded"]!, (int)job["result"]!["failed"]!, (int)job["result"]!["canceled"]!);

    public static string Said(JsonNode line) => (string)line["response"]!["body"]!["choices"]![0]!["message"]!["content"]!;

    private static async Task<Guid> AcceptedAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, text);
        return Guid.Parse((string)JsonNode.Parse(text)!["jobId"]!);
    }
}
