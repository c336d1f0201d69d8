using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>One element of a chunk's <c>tool_calls</c>. Strings are raw.</summary>
internal ref struct ToolCallDelta
{
    public bool Exists;
    public int Index;
    public ReadOnlySpan<byte> Id;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Arguments;

    /// <summary>Reads the next element.</summary>
    /// <param name="reader">Over the array, which the chunk's reader has found valid.</param>
    /// <returns>What it says; not <see cref="Exists"/> at the array's end.</returns>
    public static ToolCallDelta Read(ref Utf8JsonReader reader)
    {
        ToolCallDelta read = default;
        if (reader.TokenType == JsonTokenType.None)
        {
            reader.Read();
        }

        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return read;
        }

        read.Exists = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("index"u8))
            {
                reader.Read();
                read.Index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int index) ? index : 0;
            }
            else if (reader.Is("id"u8))
            {
                WireJson.RawString(ref reader, ref read.Id);
            }
            else if (reader.Is("function"u8))
            {
                read.ReadFunction(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return read;
    }

    private void ReadFunction(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("name"u8))
            {
                WireJson.RawString(ref reader, ref Name);
            }
            else if (reader.Is("arguments"u8))
            {
                WireJson.RawString(ref reader, ref Arguments);
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
