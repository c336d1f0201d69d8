using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Forwarding;

/// <summary>Reads along with a stream of OpenAI's response events.</summary>
internal sealed class ResponsesMeter : StreamMeter
{
    private UsageMeter _usage = new(WireApi.Responses);

    public override TokenUsage? Usage => _usage.Usage;

    public override bool NeedsLook(ReadOnlySpan<byte> block) =>
        block.IndexOf("\"usage\":{"u8) >= 0 || block.IndexOf("event: response.completed"u8) >= 0 || block.IndexOf("event: response.incomplete"u8) >= 0
        || block.IndexOf("event: response.failed"u8) >= 0 || block.IndexOf("event: error"u8) >= 0;

    public override FrameKind Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return FrameKind.Nothing;
        }

        _usage.Observe(data);
        if (name.SequenceEqual("error"u8))
        {
            return Fail(data);
        }

        if (name.SequenceEqual("response.completed"u8) || name.SequenceEqual("response.incomplete"u8) || name.SequenceEqual("response.failed"u8))
        {
            // A failed response is this API's whole and honest end.
            IsComplete = true;
            return FrameKind.End;
        }

        return name.SequenceEqual("response.created"u8) || name.SequenceEqual("response.in_progress"u8) || name.SequenceEqual("response.queued"u8)
            ? FrameKind.Nothing
            : FrameKind.Content;
    }
}
