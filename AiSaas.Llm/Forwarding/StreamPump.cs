using System.Buffers;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>Moves whole events from a provider's stream to the client's, as they are or translated, and meters them on the way.</summary>
/// <param name="isUsageStripped">The client did not ask for the usage that we ask for.</param>
internal sealed class StreamPump(UpstreamStream stream, StreamMeter meter, IStreamTranslator? translator, bool isUsageStripped)
{
    private bool _isEndSent;

    public StreamMeter Meter => meter;

    /// <summary>Moves events up to the first that shows something; whole events behind it stay for <see cref="Move"/>.</summary>
    /// <returns>What ended the search; <see cref="FrameKind.Nothing"/> if more bytes are needed.</returns>
    public FrameKind MovePrelude(IBufferWriter<byte> output)
    {
        while (SseFrames.FirstEnd(stream.Unread) is > 0 and var end)
        {
            var kind = MoveOne(stream.Unread[..end], output);
            stream.Consume(end);
            if (kind is FrameKind.Content or FrameKind.End or FrameKind.Error)
            {
                return kind;
            }
        }

        return FrameKind.Nothing;
    }

    /// <summary>Moves all whole events.</summary>
    /// <returns><see cref="FrameKind.End"/> or <see cref="FrameKind.Error"/> if one of them ended the stream; else <see cref="FrameKind.Content"/>.</returns>
    public FrameKind Move(IBufferWriter<byte> output)
    {
        int whole = SseFrames.LastEnd(stream.Unread);
        if (whole > 0 && translator is null && !meter.NeedsLook(stream.Unread[..whole]))
        {
            var block = stream.Unread[..whole];
            meter.Count(block, block.Count("\n\n"u8));
            output.Write(block);
            stream.Consume(whole);
            return FrameKind.Content;
        }

        while (SseFrames.FirstEnd(stream.Unread) is > 0 and var end)
        {
            var kind = MoveOne(stream.Unread[..end], output);
            stream.Consume(end);
            if (kind is FrameKind.End or FrameKind.Error)
            {
                return kind;
            }
        }

        return FrameKind.Content;
    }

    /// <summary>The body has ended: what is left without a blank line behind it is the last event.</summary>
    public FrameKind MoveRest(IBufferWriter<byte> output)
    {
        if (stream.Unread.IsEmpty)
        {
            return FrameKind.Nothing;
        }

        byte[] last = [.. stream.Unread, (byte)'\n', (byte)'\n'];
        stream.Consume(stream.Unread.Length);
        return MoveOne(last, output);
    }

    /// <summary>Writes the API's end, where the provider's own was not passed on.</summary>
    public void Complete(IBufferWriter<byte> output)
    {
        if (translator is not null)
        {
            translator.Complete(output);
        }
        else if (!_isEndSent && meter is ChatMeter)
        {
            output.Write("data: [DONE]\n\n"u8);
        }
    }

    private FrameKind MoveOne(ReadOnlySpan<byte> frame, IBufferWriter<byte> output)
    {
        SseFrames.Split(frame, out var name, out var data);
        var kind = meter.Read(name, data);
        meter.Count(frame, data.IsEmpty ? 0 : 1);
        if (kind == FrameKind.Error || (kind == FrameKind.UsageOnly && isUsageStripped && translator is null))
        {
            return kind;
        }

        if (translator is null)
        {
            _isEndSent |= kind == FrameKind.End;
            output.Write(frame);
        }
        else if (!data.IsEmpty)
        {
            translator.Translate(name, data, output);
        }

        return kind;
    }
}
