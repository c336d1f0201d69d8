using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>What matters of one chunk of a chat completion's stream, of its first choice. Strings are raw: as they stand between their quotes.</summary>
internal ref struct ChatChunk
{
    public ReadOnlySpan<byte> Id;
    public ReadOnlySpan<byte> Model;
    public bool HasChoice;
    public ReadOnlySpan<byte> Content;
    public ReadOnlySpan<byte> Reasoning;
    public ReadOnlySpan<byte> Refusal;

    /// <summary>The JSON array.</summary>
    public ReadOnlySpan<byte> ToolCalls;

    public ReadOnlySpan<byte> FinishReason;

    /// <summary>The stop that matched, where a server tells.</summary>
    public ReadOnlySpan<byte> Stop;

    /// <exception cref="WireException">It is not JSON.</exception>
    public static ChatChunk Read(ReadOnlySpan<byte> data)
    {
        ChatChunk read = default;
        Utf8JsonReader reader = new(data, WireJson.Reading);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new WireException("The provider's stream holds an event that is no JSON object.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.Is("id"u8))
                {
                    WireJson.RawString(ref reader, ref read.Id);
                }
                else if (reader.Is("model"u8))
                {
                    WireJson.RawString(ref reader, ref read.Model);
                }
                else if (reader.Is("choices"u8))
                {
                    read.ReadChoices(ref reader, data);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            throw new WireException("The provider's stream holds an event that is not valid JSON.");
        }

        return read;
    }

    private void ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            if (HasChoice)
            {
                reader.Skip();
                continue;
            }

            HasChoice = true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.Is("delta"u8))
                {
                    ReadDelta(ref reader, data);
                }
                else if (reader.Is("finish_reason"u8))
                {
                    WireJson.RawString(ref reader, ref FinishReason);
                }
                else if (reader.Is("stop_reason"u8))
                {
                    WireJson.RawString(ref reader, ref Stop);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    private void ReadDelta(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("content"u8))
            {
                WireJson.RawString(ref reader, ref Content);
            }
            else if (reader.Is("reasoning_content"u8) || reader.Is("reasoning"u8))
            {
                WireJson.RawString(ref reader, ref Reasoning);
            }
            else if (reader.Is("refusal"u8))
            {
                WireJson.RawString(ref reader, ref Refusal);
            }
            else if (reader.Is("tool_calls"u8))
            {
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                ToolCalls = data[start..(int)reader.BytesConsumed];
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
