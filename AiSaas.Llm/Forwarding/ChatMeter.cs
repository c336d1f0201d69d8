using System.Text.Json;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Forwarding;

/// <summary>Reads along with a stream of chat completion chunks.</summary>
internal sealed class ChatMeter : StreamMeter
{
    private UsageMeter _usage = new(WireApi.ChatCompletions);

    public override TokenUsage? Usage => _usage.Usage;

    public override bool NeedsLook(ReadOnlySpan<byte> block) =>
        block.IndexOf("\"usage\":{"u8) >= 0 || block.IndexOf("\"finish_reason\":\""u8) >= 0 || block.IndexOf("[DONE]"u8) >= 0 || block.IndexOf("\"error\""u8) >= 0
        // The same, as servers that put a space behind the colon write it.
        || block.IndexOf("\"usage\": {"u8) >= 0 || block.IndexOf("\"finish_reason\": \""u8) >= 0;

    public override FrameKind Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return FrameKind.Nothing;
        }

        if (data.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            IsComplete = true;
            return FrameKind.End;
        }

        bool hasUsage = _usage.Observe(data);
        var (kind, hasChoices) = ReadChunk(data);
        return kind == FrameKind.Error ? Fail(data)
            : kind == FrameKind.Nothing && hasUsage && !hasChoices ? FrameKind.UsageOnly
            : kind;
    }

    private (FrameKind Kind, bool HasChoices) ReadChunk(ReadOnlySpan<byte> data)
    {
        var kind = FrameKind.Nothing;
        bool hasChoices = false;
        Utf8JsonReader json = new(data);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An event is no JSON object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isError = json.Is("error"u8), isChoices = json.Is("choices"u8);
            json.Read();
            if (isError && json.TokenType is JsonTokenType.StartObject or JsonTokenType.String)
            {
                return (FrameKind.Error, false);
            }

            if (isChoices && json.TokenType == JsonTokenType.StartArray)
            {
                while (json.Read() && json.TokenType == JsonTokenType.StartObject)
                {
                    hasChoices = true;
                    kind = ReadChoice(ref json) ? FrameKind.Content : kind;
                }
            }
            else
            {
                json.Skip();
            }
        }

        return (kind, hasChoices);
    }

    private bool ReadChoice(ref Utf8JsonReader json)
    {
        bool content = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isDelta = json.Is("delta"u8), isReason = json.Is("finish_reason"u8), isText = json.Is("text"u8);
            json.Read();
            if (isReason && json.TokenType == JsonTokenType.String)
            {
                IsComplete = content = true;
            }
            else if (isText && json.TokenType == JsonTokenType.String)
            {
                content |= !json.ValueSpan.IsEmpty;
            }
            else if (isDelta && json.TokenType == JsonTokenType.StartObject)
            {
                content |= ReadDelta(ref json);
                continue;
            }

            json.Skip();
        }

        return content;
    }

    private static bool ReadDelta(ref Utf8JsonReader json)
    {
        bool content = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isRole = json.Is("role"u8);
            json.Read();
            content |= !isRole && json.TokenType switch
            {
                JsonTokenType.String => !json.ValueSpan.IsEmpty,
                JsonTokenType.StartArray or JsonTokenType.StartObject => true,
                _ => false,
            };
            json.Skip();
        }

        return content;
    }
}
