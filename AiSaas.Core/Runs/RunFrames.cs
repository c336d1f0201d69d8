using System.Buffers;
using AiSaas.Core.Runs.Parts;

namespace AiSaas.Core.Runs;

/// <summary>Events as readers get them: frames of <c>text/event-stream</c>, made once by the writer and passed on as they are.</summary>
/// <remarks>A frame is <c>id: 2-17\ndata: {…}\n\n</c>. JSON has no bare line feed, so an empty line always ends a frame.</remarks>
internal static class RunFrames
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    /// <summary>Tells a reader to drop the step. Whoever comes back after it begins anew.</summary>
    public static byte[] Drop { get; } = DropFrame();

    private static ReadOnlySpan<byte> FinishTail => "data: {\"type\":\"finish\"}\n\n"u8;

    /// <summary>One entry of a log: the id before it (empty where nothing is), a line feed, and a frame for each part.</summary>
    /// <param name="before">The newest entry before this one; null in a log that begins.</param>
    /// <param name="first">The first part's id; each next one is one higher.</param>
    /// <param name="parts">At least one.</param>
    public static byte[] Entry(RunEventId? before, RunEventId first, IReadOnlyList<StreamPart> parts)
    {
        var buffer = t_buffer ??= new(1024);
        buffer.ResetWrittenCount();
        if (before is { } top)
        {
            Write(buffer, top);
        }

        buffer.Write("\n"u8);
        for (int index = 0; index < parts.Count; index++)
        {
            Write(buffer, first with { Number = first.Number + index }, parts[index]);
        }

        byte[] entry = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > 64 * 1024)
        {
            t_buffer = null;
        }

        return entry;
    }

    /// <summary>Frames without ids: nothing can be resumed after them.</summary>
    public static byte[] Write(IEnumerable<StreamPart> parts)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        foreach (var part in parts)
        {
            Write(buffer, null, part);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] DropFrame()
    {
        ArrayBufferWriter<byte> buffer = new(256);
        Write(buffer, RunEventId.Anew, ResetStepPart.LogLost);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The id before an entry, and its frames.</summary>
    /// <returns>False when this is no entry.</returns>
    public static bool TryReadEntry(ReadOnlyMemory<byte> entry, out RunEventId? before, out ReadOnlyMemory<byte> frames)
    {
        (before, frames) = (null, default);
        int line = entry.Span.IndexOf((byte)'\n');
        if (line < 0 || line == entry.Length - 1)
        {
            return false;
        }

        if (line > 0)
        {
            if (!RunEventId.TryParse(entry.Span[..line], out var top))
            {
                return false;
            }

            before = top;
        }

        frames = entry[(line + 1)..];
        return true;
    }

    /// <summary>The first frame's length and id.</summary>
    public static (int Length, RunEventId? Id) Next(ReadOnlySpan<byte> frames)
    {
        int end = frames.IndexOf("\n\n"u8);
        int length = end < 0 ? frames.Length : end + 2;
        return frames.StartsWith("id: "u8) && RunEventId.TryParse(frames[4..frames.IndexOf((byte)'\n')], out var id)
            ? (length, id)
            : (length, null);
    }

    /// <summary>The id of the last frame that has one.</summary>
    public static RunEventId? LastId(ReadOnlySpan<byte> frames)
    {
        RunEventId? last = null;
        while (frames.Length > 0)
        {
            var (length, id) = Next(frames);
            last = id ?? last;
            frames = frames[length..];
        }

        return last;
    }

    /// <summary>The JSON in a frame.</summary>
    public static ReadOnlyMemory<byte> Data(ReadOnlyMemory<byte> frame)
    {
        int start = frame.Span.StartsWith("id: "u8) ? frame.Span.IndexOf((byte)'\n') + 1 : 0;
        return frame[(start + "data: ".Length)..^2];
    }

    public static bool EndWithFinish(ReadOnlySpan<byte> frames) => frames.EndsWith(FinishTail);

    private static void Write(ArrayBufferWriter<byte> buffer, RunEventId? id, StreamPart part)
    {
        if (id is { } one)
        {
            buffer.Write("id: "u8);
            Write(buffer, one);
            buffer.Write("\n"u8);
        }

        buffer.Write("data: "u8);
        StreamJson.Write(buffer, part);
        buffer.Write("\n\n"u8);
    }

    private static void Write(ArrayBufferWriter<byte> buffer, RunEventId id)
    {
        id.TryFormat(buffer.GetSpan(RunEventId.LongestText), out int written, default, null);
        buffer.Advance(written);
    }
}
