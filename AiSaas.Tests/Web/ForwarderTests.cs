using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using Microsoft.AspNetCore.Http;

namespace AiSaas.Tests.Web;

public sealed class ForwarderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_reaches_the_browser_while_the_stream_is_still_open()
    {
        TaskCompletionSource seen = new();
        await using var api = await StubApi.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: one\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await seen.Task.WaitAsync(Patience, context.RequestAborted);
            await context.Response.WriteAsync("data: two\n\n", context.RequestAborted);
        });
        await using WebHost web = new(api.Url);

        using var answer = await web.Visit().GetAsync("/api/runs/1/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using StreamReader events = new(await answer.Content.ReadAsStreamAsync(Cancellation));

        Assert.Equal("data: one", await events.ReadLineAsync(Cancellation).AsTask().WaitAsync(Patience, Cancellation));
        seen.SetResult();
        Assert.Equal("\ndata: two\n\n", await events.ReadToEndAsync(Cancellation));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_browser_that_leaves_ends_the_request_upstream()
    {
        TaskCompletionSource left = new();
        await using var api = await StubApi.StartAsync(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await left.Task.WaitAsync(Patience, CancellationToken.None);
        });
        await using WebHost web = new(api.Url);

        using (await web.Visit().GetAsync("/api/runs/1/events", HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            Assert.False(left.Task.IsCompleted);
        }

        await left.Task.WaitAsync(Patience, Cancellation);
    }

    [Fact]
    public async Task An_upload_flows_through_while_it_is_being_sent()
    {
        TaskCompletionSource firstByte = new();
        await using var api = await StubApi.StartAsync(async context =>
        {
            byte[] buffer = new byte[64 * 1024];
            long total = 0;
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                total += read;
                firstByte.TrySetResult();
            }

            await context.Response.WriteAsync($"{total}", context.RequestAborted);
        });
        await using WebHost web = new(api.Url);
        const int Half = 20_000_000;

        // The second half leaves the browser only after the api has had bytes of the first: nobody held it back.
        using SlowContent body = new(async stream =>
        {
            await stream.WriteAsync(new byte[Half]);
            await stream.FlushAsync();
            await firstByte.Task.WaitAsync(Patience);
            await stream.WriteAsync(new byte[Half]);
        });
        using var answer = await web.Visit().PostAsync("/api/collections/1/documents", body, Cancellation);

        Assert.Equal($"{2 * Half}", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_large_upload_that_is_refused_at_once_is_never_sent()
    {
        await using var api = await StubApi.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return Task.CompletedTask;
        });
        await using WebHost web = new(api.Url);
        using ByteArrayContent body = new(new byte[5_000_000]);
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/collections/1/documents") { Content = body };
        request.Headers.ExpectContinue = true;

        using var answer = await web.Visit().SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_stream_that_breaks_upstream_is_cut_so_that_no_half_looks_whole()
    {
        await using var api = await StubApi.StartAsync(async context =>
        {
            await context.Response.WriteAsync("half an answ", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            throw new InvalidOperationException("The api dies in the middle of its answer.");
        });
        await using WebHost web = new(api.Url);

        await Assert.ThrowsAsync<HttpRequestException>(() => web.Visit().GetStringAsync("/api/documents/1/file", Cancellation));
    }

    [Fact]
    public async Task An_api_that_is_away_is_said_in_words_with_a_code()
    {
        string nobody;
        await using (var gone = await StubApi.StartAsync(static _ => Task.CompletedTask))
        {
            nobody = gone.Url;
        }

        await using WebHost web = new(nobody);
        using var answer = await web.Visit().GetAsync("/api/me", Cancellation);
        var problem = await answer.Content.ReadFromJsonAsync(ContractsJson.Default.Problem, Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("web:api-away", problem?.Code);
    }

    [Fact]
    public async Task An_api_that_stays_silent_is_given_up_with_504()
    {
        await using var api = await StubApi.StartAsync(static context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await using WebHost web = new(api.Url, new() { ["Forwarder:SilenceLimit"] = "00:00:01" });

        using var answer = await web.Visit().GetAsync("/v1/models", Cancellation);
        var problem = await answer.Content.ReadFromJsonAsync(ContractsJson.Default.Problem, Cancellation);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("web:api-timeout", problem?.Code);
    }

    [Fact]
    public async Task Headers_of_one_hop_stay_behind_and_the_others_cross()
    {
        IHeaderDictionary? got = null;
        string? asked = null;
        await using var api = await StubApi.StartAsync(context =>
        {
            got = new HeaderDictionary(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value));
            asked = context.Request.Path + context.Request.QueryString;
            context.Response.Headers.Append("Set-Cookie", "one=1; Path=/");
            context.Response.Headers.Append("Set-Cookie", "two=2; Path=/");
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        await using WebHost web = new(api.Url);
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/search?q=a%2Fb&q=c");
        request.Headers.TryAddWithoutValidation("Connection", "x-secret-hop");
        request.Headers.TryAddWithoutValidation("X-Secret-Hop", "1");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "6.6.6.6");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", "17");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sk-ais-1");

        using HttpClient visitor = new(new HttpClientHandler { UseCookies = false }) { BaseAddress = web.ClientOptions.BaseAddress };
        using var answer = await visitor.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(["one=1; Path=/", "two=2; Path=/"], answer.Headers.GetValues("Set-Cookie"));
        Assert.Equal("/api/search?q=a%2Fb&q=c", asked);
        Assert.False(got!.ContainsKey("X-Secret-Hop"));
        Assert.Equal("127.0.0.1", got["X-Forwarded-For"]);
        Assert.Equal(web.ClientOptions.BaseAddress.Authority, got["X-Forwarded-Host"]);
        Assert.Equal("17", got["Last-Event-ID"]);
        Assert.Equal("Bearer sk-ais-1", got.Authorization);
    }

    private sealed class SlowContent(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
