using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Errors;

namespace AiSaas.Llm.Forwarding;

internal enum FrameKind
{
    /// <summary>A comment, a ping, a chunk that only names the role.</summary>
    Nothing,

    /// <summary>Something that the caller sees.</summary>
    Content,

    /// <summary>Nothing but the usage.</summary>
    UsageOnly,

    /// <summary>The API's own end mark.</summary>
    End,

    Error,
}

/// <summary>Reads along while a stream passes: content, usage, end, errors. One per stream, one class per API.</summary>
/// <remarks>A look into each event costs a microsecond; most hold nothing but text. So a block is first searched for the few words
/// that matter (<see cref="NeedsLook"/>, vectorized): a quote inside a JSON string is escaped, so the words can't hide or be faked there.</remarks>
internal abstract class StreamMeter
{
    private const int BytesPerToken = 4;

    private long _bytes;
    private long _frames;
    private int _envelope = int.MaxValue;

    /// <summary>As the provider counted; null until it says.</summary>
    public abstract TokenUsage? Usage { get; }

    /// <summary>The model has said that it finished, or the API that the stream is over.</summary>
    public bool IsComplete { get; protected set; }

    /// <summary>After <see cref="FrameKind.Error"/>.</summary>
    public ModelFailure? Failure { get; protected set; }

    /// <summary>From what passed, if the provider gives no count: at least a token an event, less each event's usual wrapping.</summary>
    public long EstimatedOutput => Math.Max(_frames, (_bytes - (_frames * (_envelope == int.MaxValue ? 0 : _envelope))) / BytesPerToken);

    public static StreamMeter For(WireApi api) => api switch
    {
        WireApi.Messages => new MessagesMeter(),
        WireApi.Responses => new ResponsesMeter(),
        _ => new ChatMeter(),
    };

    /// <summary>Whether a block of whole events has one that isn't just text.</summary>
    public abstract bool NeedsLook(ReadOnlySpan<byte> block);

    public abstract FrameKind Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data);

    public void Count(ReadOnlySpan<byte> block, int frames)
    {
        _bytes += block.Length;
        _frames += frames;
        if (frames == 1)
        {
            _envelope = Math.Min(_envelope, block.Length);
        }
    }

    protected FrameKind Fail(ReadOnlySpan<byte> data)
    {
        var error = WireErrors.ReadError(data);
        int status = WireErrors.StatusOf(error.Type);

        // What an open stream reports is the provider's trouble, whatever name it has there, unless it says that the request is at fault.
        Failure = status is 0 or 408 or >= 500
            ? new(ModelErrorClass.ServerError, status == 0 ? null : status, error.Message)
            : ModelFailure.FromStatus(status, $"{error.Message} {error.Code}");
        return FrameKind.Error;
    }
}
