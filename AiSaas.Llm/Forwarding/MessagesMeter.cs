using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Forwarding;

/// <summary>Reads along with a stream of Anthropic's message events. Their names tell the kind.</summary>
internal sealed class MessagesMeter : StreamMeter
{
    private UsageMeter _usage = new(WireApi.Messages);

    public override TokenUsage? Usage => _usage.IsFinal || _usage.Usage is not { } opening
        ? _usage.Usage

        // The count at the opening knows the input; what came out since is ours to estimate.
        : opening with { Output = Math.Max(opening.Output, EstimatedOutput), IsEstimated = true };

    public override bool NeedsLook(ReadOnlySpan<byte> block) => block.IndexOf("\"usage\""u8) >= 0 || block.IndexOf("message_stop"u8) >= 0 || block.IndexOf("\"error\""u8) >= 0;

    public override FrameKind Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return FrameKind.Nothing;
        }

        if (Is(name, data, "error"u8))
        {
            return Fail(data);
        }

        _usage.Observe(data);
        if (Is(name, data, "message_stop"u8))
        {
            IsComplete = true;
            return FrameKind.End;
        }

        if (Is(name, data, "message_delta"u8))
        {
            return FrameKind.Content;
        }

        return Is(name, data, "message_start"u8) || Is(name, data, "ping"u8) ? FrameKind.Nothing : FrameKind.Content;
    }

    // Clients of this API go by the name; a server that leaves it out still names the type inside.
    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, ReadOnlySpan<byte> type)
    {
        if (!name.IsEmpty)
        {
            return name.SequenceEqual(type);
        }

        int at = data.IndexOf("\"type\""u8);
        if (at < 0)
        {
            return false;
        }

        var rest = data[(at + 6)..].TrimStart(" :"u8);
        return rest.Length > type.Length + 1 && rest[0] == '"' && rest[1..].StartsWith(type) && rest[type.Length + 1] == '"';
    }
}
