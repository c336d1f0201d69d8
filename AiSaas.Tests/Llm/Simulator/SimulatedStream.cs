using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AiSaas.Tests.Llm.Simulator;

/// <summary>One stream, written as its script wants it.</summary>
internal sealed class SimulatedStream(HttpContext context, Script script, ApiShape shape)
{
    public async Task WriteAsync(JsonElement request, CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        if (script.FirstFrameLatency > TimeSpan.Zero)
        {
            await context.Response.Body.FlushAsync(cancellation);
            await Task.Delay(script.FirstFrameLatency, TimeProvider.System, cancellation);
        }

        int sent = 0;
        foreach (string frame in shape.Frames(script, request))
        {
            if (sent == script.DieAfterFrames)
            {
                // Tearing down drops what the peer has not read yet, and nothing tells when it has.
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellation);
                context.Abort();
                return;
            }

            if (sent == script.EndAfterFrames)
            {
                return;
            }

            if (sent == script.ErrorAfterFrames)
            {
                await FrameAsync(shape.ErrorFrame(script.ErrorCode ?? "server_error", script.ErrorMessage), cancellation);
                return;
            }

            if (sent == script.StallAfterFrames)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }

            for (int i = 0; i < script.KeepAlives; i++)
            {
                await FrameAsync(": keep-alive\n\n", cancellation);
            }

            await FrameAsync(frame, cancellation);
            sent++;
            if (script.Pace > TimeSpan.Zero)
            {
                await Task.Delay(script.Pace, TimeProvider.System, cancellation);
            }
        }
    }

    // In two writes at least, cut inside the frame: readers must not depend on whole frames.
    private async Task FrameAsync(string frame, CancellationToken cancellation)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(frame);
        int piece = script.ByteByByte ? 1 : Math.Max(1, bytes.Length / 2);
        for (int at = 0; at < bytes.Length; at += piece)
        {
            await context.Response.Body.WriteAsync(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)), cancellation);
            await context.Response.Body.FlushAsync(cancellation);
        }
    }
}
