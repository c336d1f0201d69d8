using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace AiSaas.Api.Gateway.Responses;

/// <summary>Writes whole frames to a reader as they come, without an end mark: this API has none.</summary>
/// <remarks>A reader that takes nothing for 30 s is cut off and can come back with <c>starting_after</c>; a silent stream sends a
/// comment every 15 s, so that proxies keep it open.</remarks>
internal static class EventRelay
{
    private const int FlushBytes = 32 * 1024;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(HttpContext context, IAsyncEnumerable<ReadOnlyMemory<byte>> frames)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["x-accel-buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await RelayAsync(context.Response.BodyWriter, frames, clock, leaving);
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

    private static async Task RelayAsync(
        PipeWriter body, IAsyncEnumerable<ReadOnlyMemory<byte>> frames, TimeProvider clock, CancellationTokenSource leaving)
    {
        await using var reading = frames.GetAsyncEnumerator(leaving.Token);
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

                body.Write(reading.Current.Span);
                if (body.UnflushedBytes > FlushBytes)
                {
                    await FlushAsync(body, clock, leaving.Token);
                }
            }

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
