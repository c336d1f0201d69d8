using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>What matters of one event of an Anthropic stream. Strings are raw: as they stand between their quotes.</summary>
internal ref struct MessagesEvent
{
    /// <summary>Such as <c>content_block_delta</c>.</summary>
    public ReadOnlySpan<byte> Type;

    public int Index;

    /// <summary>Of the block or the delta in it.</summary>
    public ReadOnlySpan<byte> InnerType;

    public ReadOnlySpan<byte> Text;
    public ReadOnlySpan<byte> Id;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Model;

    /// <summary>A tool's input as it stands in its block's start.</summary>
    public ReadOnlySpan<byte> Input;

    public ReadOnlySpan<byte> StopReason;

    /// <summary>Why the model refused.</summary>
    public ReadOnlySpan<byte> Explanation;

    /// <exception cref="WireException">It is not JSON.</exception>
    public static MessagesEvent Read(ReadOnlySpan<byte> data)
    {
        MessagesEvent read = default;
        Utf8JsonReader reader = new(data, WireJson.Reading);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new WireException("The provider's stream holds an event that is no JSON object.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.Is("type"u8))
                {
                    WireJson.RawString(ref reader, ref read.Type);
                }
                else if (reader.Is("index"u8))
                {
                    reader.Read();
                    read.Index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int index) ? index : 0;
                }
                else if (reader.Is("delta"u8) || reader.Is("content_block"u8) || reader.Is("message"u8))
                {
                    read.ReadInner(ref reader, data);
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

    private void ReadInner(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("type"u8))
            {
                WireJson.RawString(ref reader, ref InnerType);
            }
            else if (reader.Is("text"u8) || reader.Is("partial_json"u8) || reader.Is("thinking"u8))
            {
                WireJson.RawString(ref reader, ref Text);
            }
            else if (reader.Is("id"u8))
            {
                WireJson.RawString(ref reader, ref Id);
            }
            else if (reader.Is("name"u8))
            {
                WireJson.RawString(ref reader, ref Name);
            }
            else if (reader.Is("model"u8))
            {
                WireJson.RawString(ref reader, ref Model);
            }
            else if (reader.Is("stop_reason"u8))
            {
                WireJson.RawString(ref reader, ref StopReason);
            }
            else if (reader.Is("input"u8))
            {
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                Input = data[start..(int)reader.BytesConsumed];
            }
            else if (reader.Is("stop_details"u8))
            {
                ReadDetails(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadDetails(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("explanation"u8))
            {
                WireJson.RawString(ref reader, ref Explanation);
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
