using System.Buffers;
using System.IO.Pipelines;
using System.Reflection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace AiSaas.Api.Common;

/// <summary>Server-sent events, ended by <c>data: [DONE]</c>. A stream that breaks off (a slow reader, a stopping replica) has no
/// <c>[DONE]</c>: the client reconnects and resumes.</summary>
/// <remarks>Written straight into the response's buffer. A reader that takes nothing for 30 s is cut off; a silent stream sends a
/// comment every 15 s, so that proxies keep it open.</remarks>
internal sealed class SseResult(IAsyncEnumerable<SseEvent> events) : IResult, IEndpointMetadataProvider
{
    private const int FlushBytes = 32 * 1024;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/event-stream"]));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-cache";
        headers["x-accel-buffering"] = "no";
        headers["x-vercel-ai-ui-message-stream"] = "v1";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var stopping = httpContext.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var clock = httpContext.RequestServices.GetRequiredService<TimeProvider>();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        try
        {
            await RelayAsync(httpContext.Response.BodyWriter, clock, leaving);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // The reader left, or this replica is going: nothing is lost, the log is elsewhere.
        }
        catch (TimeoutException)
        {
            httpContext.Abort();
        }
    }

    private async Task RelayAsync(PipeWriter body, TimeProvider clock, CancellationTokenSource leaving)
    {
        await using var reading = events.GetAsyncEnumerator(leaving.Token);
        Task<bool>? next = null;
        try
        {
            while (true)
            {
                next = reading.MoveNextAsync().AsTask();
                if (!next.IsCompleted)
                {
                    // Nothing more at hand: out with what there is.
                    await FlushAsync(body, clock, leaving.Token);
                    await BeatUntilAsync(next, body, clock, leaving.Token);
                }

                if (!await next)
                {
                    break;
                }

                Write(body, reading.Current);
                if (body.UnflushedBytes > FlushBytes)
                {
                    await FlushAsync(body, clock, leaving.Token);
                }
            }

            body.Write("data: [DONE]\n\n"u8);
            await FlushAsync(body, clock, leaving.Token);
        }
        finally
        {
            // An enumerator may not be disposed while it is moving.
            await leaving.CancelAsync();
            await (next ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task BeatUntilAsync(Task next, PipeWriter body, TimeProvider clock, CancellationToken leaving)
    {
        while (!next.IsCompleted)
        {
            try
            {
                await next.WaitAsync(Heartbeat, clock, leaving);
            }
            catch (TimeoutException) when (!next.IsCompleted)
            {
                body.Write(":\n\n"u8);
                await FlushAsync(body, clock, leaving);
            }
        }
    }

    private static async Task FlushAsync(PipeWriter body, TimeProvider clock, CancellationToken leaving) =>
        await body.FlushAsync(leaving).AsTask().WaitAsync(Patience, clock, leaving);

    private static void Write(PipeWriter body, SseEvent one)
    {
        if (one.Id is { } id)
        {
            body.Write("id: "u8);
            var space = body.GetSpan(48);
            id.TryFormat(space, out int written, default, null);
            body.Advance(written);
            body.Write("\n"u8);
        }

        body.Write("data: "u8);
        body.Write(one.Data.Span);
        body.Write("\n\n"u8);
    }
}
