using System.Net;
using System.Net.ServerSentEvents;
using AiSaas.Core.Runs.Parts;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Runs;

/// <summary>An answer's stream over HTTP, as browsers and programs read it.</summary>
public sealed class RunEndpointsTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public async Task A_stream_has_the_protocols_headers_ids_and_end_and_resumes_after_any_event()
    {
        using var account = await product.RegisterAsync();
        var asked = await account.AskAsync(await account.StartConversationAsync(), "What is the refund policy?");

        using var response = await account.Http.GetAsync($"/api/runs/{asked.RunId}/events", HttpCompletionOption.ResponseHeadersRead);
        var events = await ReadAsync(response);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("v1", Assert.Single(response.Headers.GetValues("x-vercel-ai-ui-message-stream")));
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("x-accel-buffering")));
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("[DONE]", events[^1].Data);
        Assert.IsType<StartPart>(Part(events[0]));
        Assert.IsType<FinishPart>(Part(events[^2]));

        for (int seen = 0; seen < events.Count - 1; seen++)
        {
            using var resumed = await account.Http.GetAsync($"/api/runs/{asked.RunId}/events?after={events[seen].EventId}");
            Assert.Equal(events.Skip(seen + 1).Select(one => one.Data), (await ReadAsync(resumed)).Select(one => one.Data));
        }

        using HttpRequestMessage browser = new(HttpMethod.Get, $"/api/runs/{asked.RunId}/events?after={events[0].EventId}");
        browser.Headers.Add("Last-Event-ID", events[^2].EventId);
        using var reconnected = await account.Http.SendAsync(browser);
        Assert.Equal(["[DONE]"], (await ReadAsync(reconnected)).Select(one => one.Data));
    }

    [Fact]
    public async Task A_run_of_somebody_else_is_not_found_and_a_bad_position_is_refused()
    {
        using var account = await product.RegisterAsync();
        using var stranger = await product.RegisterAsync();
        var asked = await account.AskAsync(await account.StartConversationAsync(), "What is the refund policy?");

        foreach (var (method, path) in new[] { (HttpMethod.Get, "/events"), (HttpMethod.Post, "/stop"), (HttpMethod.Get, "") })
        {
            using var foreign = await stranger.Http.SendAsync(new HttpRequestMessage(method, $"/api/runs/{asked.RunId}{path}"));
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
            Assert.Equal("runs:not-found", (await Account.ProblemAsync(foreign)).Code);
        }

        using var bad = await account.Http.GetAsync($"/api/runs/{asked.RunId}/events?after=yesterday");
        Assert.Equal("runs:bad-position", (await Account.ProblemAsync(bad)).Code);
    }

    [Fact]
    public async Task Stopping_is_accepted_at_any_time()
    {
        using var account = await product.RegisterAsync();
        var asked = await account.AskAsync(await account.StartConversationAsync(), "What is the refund policy?");

        foreach (string _ in new[] { "early", "again" })
        {
            using var stop = await account.Http.PostAsync($"/api/runs/{asked.RunId}/stop", null);
            Assert.Equal(HttpStatusCode.Accepted, stop.StatusCode);
        }

        using var stream = await account.Http.GetAsync($"/api/runs/{asked.RunId}/events");
        var events = await ReadAsync(stream);
        Assert.Equal("[DONE]", events[^1].Data);
        using var late = await account.Http.PostAsync($"/api/runs/{asked.RunId}/stop", null);
        Assert.Equal(HttpStatusCode.Accepted, late.StatusCode);
    }

    private static StreamPart Part(SseItem<string> one) => StreamJson.Read(System.Text.Encoding.UTF8.GetBytes(one.Data));

    private static async Task<List<SseItem<string>>> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        List<SseItem<string>> events = [];
        await using var body = await response.Content.ReadAsStreamAsync();
        await foreach (var one in SseParser.Create(body).EnumerateAsync())
        {
            events.Add(one);
        }

        return events;
    }
}
