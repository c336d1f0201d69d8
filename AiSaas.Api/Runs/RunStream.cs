using System.Buffers;
using System.IO.Pipelines;
using AiSaas.Core.Runs;

namespace AiSaas.Api.Runs;

/// <summary>One open stream: takes frames from a reader and hands them to a connection, as they are.</summary>
/// <remarks>A connection that takes nothing for 30 s is cut off and can come back; a silent stream sends a comment every 15 s, so that
/// proxies keep it open.</remarks>
internal sealed class RunStream(RunReader reader, PipeWriter body, TimeProvider clock, Action abort)
{
    private const int FlushBytes = 32 * 1024;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Timestamps; what they say to the pulse may be a moment old.
    private long _flushed = clock.GetTimestamp();
    private long _flushing;

    /// <returns>True when the run's end has been taken; the caller adds its end mark and flushes.</returns>
    public async Task<bool> RunAsync()
    {
        while (true)
        {
            var read = reader.Take(body);
            if (read == RunRead.Ended)
            {
                return !reader.IsReleased;
            }

            if (read == RunRead.Nothing)
            {
                if (body.UnflushedBytes == 0 && clock.GetElapsedTime(_flushed) >= Heartbeat)
                {
                    body.Write(":\n\n"u8);
                }

                await FlushAsync();
                await reader.WaitAsync();
            }
            else if (body.UnflushedBytes > FlushBytes)
            {
                await FlushAsync();
            }
        }
    }

    /// <summary>From the pulse.</summary>
    public void Look()
    {
        long flushing = Volatile.Read(ref _flushing);
        if (flushing != 0)
        {
            if (clock.GetElapsedTime(flushing) >= Patience)
            {
                abort();
                Release();
            }
        }
        else if (clock.GetElapsedTime(Volatile.Read(ref _flushed)) >= Heartbeat)
        {
            reader.Wake();
        }
    }

    public void Release() => reader.Release();

    public async ValueTask FlushAsync()
    {
        if (body.UnflushedBytes == 0)
        {
            return;
        }

        Volatile.Write(ref _flushed, clock.GetTimestamp());
        var flush = body.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            Volatile.Write(ref _flushing, clock.GetTimestamp());
            await flush;
            Volatile.Write(ref _flushing, 0);
        }
        else
        {
            _ = flush.Result;
        }
    }
}
