using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary><c>/v1/responses</c> as a program calls it.</summary>
internal sealed class ResponsesApi(Account account)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<JsonNode> CreateAsync(string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using var response = await account.Http.PostAsync("/v1/responses", content, Cancellation);
        return await ReadAsync(response, expected);
    }

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpRequestMessage request = new(method, "/v1/responses/" + path);
        using var response = await account.Http.SendAsync(request, Cancellation);
        return await ReadAsync(response, expected);
    }

    public Task<JsonNode> GetAsync(string id, HttpStatusCode expected = HttpStatusCode.OK) => SendAsync(HttpMethod.Get, id, expected);

    /// <summary>Waits for a background response's end.</summary>
    public Task<JsonNode> EndedAsync(string id) => Eventually.GetAsync(
        async () => await GetAsync(id) is var found && (string)found["status"]! is not ("queued" or "in_progress") ? found : null, $"response {id} ends");

    /// <summary>Creates and reads a stream to its end, or to the given number of events.</summary>
    public async Task<List<JsonNode>> StreamAsync(string body, int atMost = int.MaxValue, Func<JsonNode, Task>? seen = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/responses") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return await ReadEventsAsync(request, atMost, seen);
    }

    public async Task<List<JsonNode>> WatchAsync(string id, long? after = null, int atMost = int.MaxValue, Func<JsonNode, Task>? seen = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/v1/responses/{id}?stream=true" + (after is null ? "" : $"&starting_after={after}"));
        return await ReadEventsAsync(request, atMost, seen);
    }

    private async Task<List<JsonNode>> ReadEventsAsync(HttpRequestMessage request, int atMost, Func<JsonNode, Task>? seen)
    {
        using var response = await account.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await FaultAsync(response));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(Cancellation));
        List<JsonNode> events = [];
        while (events.Count < atMost && await reader.ReadLineAsync(Cancellation) is { } line)
        {
            Assert.DoesNotContain("[DONE]", line);
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events.Add(JsonNode.Parse(line["data: ".Length..])!);
                await (seen?.Invoke(events[^1]) ?? Task.CompletedTask);
            }
        }

        return events;
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}: {await FaultAsync(response)}");
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
    }

    private static async Task<string> FaultAsync(HttpResponseMessage response) =>
        response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync(Cancellation);
}
