using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace AiSaas.Api.Common;

/// <summary>Passes a sequence on to a reader as server-sent events, as they come, straight into the response's buffer.</summary>
/// <remarks>A reader that takes nothing for 30 s is cut off and can come back; a silent stream sends a comment every 15 s, so that
/// proxies keep it open.</remarks>
internal static class SseRelay
{
    private const int FlushBytes = 32 * 1024;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="context">Whose response it is.</param>
    /// <param name="events">What is passed on.</param>
    /// <param name="write">Writes one of them as whole frames.</param>
    /// <param name="end">Written after the last one; empty where the API has no end mark.</param>
    public static async Task RunAsync<T>(HttpContext context, IAsyncEnumerable<T> events, Action<PipeWriter, T> write, ReadOnlyMemory<byte> end)
    {
        var headers = context.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-cache";
        headers["x-accel-buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await RelayAsync(context.Response.BodyWriter, events, write, end, clock, leaving);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // The reader left, or this replica is going: nothing is lost, the log is elsewhere.
        }
        catch (TimeoutException)
        {
            context.Abort();
        }
    }

    private static async Task RelayAsync<T>(
        PipeWriter body, IAsyncEnumerable<T> events, Action<PipeWriter, T> write, ReadOnlyMemory<byte> end, TimeProvider clock, CancellationTokenSource leaving)
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

                write(body, reading.Current);
                if (body.UnflushedBytes > FlushBytes)
                {
                    await FlushAsync(body, clock, leaving.Token);
                }
            }

            body.Write(end.Span);
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
}
