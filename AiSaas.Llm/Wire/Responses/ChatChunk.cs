using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>One chunk of a chat completion's stream, read in place: spans are parts of the chunk, text as it stands between its quotes.</summary>
internal ref struct ChatChunk
{
    public ReadOnlySpan<byte> Content;
    public ReadOnlySpan<byte> Reasoning;
    public ReadOnlySpan<byte> Refusal;

    /// <summary>A JSON list, or empty.</summary>
    public ReadOnlySpan<byte> ToolCalls;

    /// <summary>A JSON list, or empty.</summary>
    public ReadOnlySpan<byte> Logprobs;

    /// <summary>A JSON list, or empty.</summary>
    public ReadOnlySpan<byte> Annotations;

    /// <summary>Whether the provider counts here.</summary>
    public bool HasUsage;
    public string? FinishReason;
    public string? Model;
    public long Created;

    private readonly ReadOnlySpan<byte> _data;

    private ChatChunk(ReadOnlySpan<byte> data) => _data = data;

    /// <param name="data">The event's data.</param>
    /// <param name="isFirst">Whether to read what every chunk repeats.</param>
    /// <exception cref="WireException"/>
    public static ChatChunk Read(ReadOnlySpan<byte> data, bool isFirst)
    {
        ChatChunk chunk = new(data);
        Utf8JsonReader reader = new(data, WireJson.Reading);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new WireException("A part of the stream is not a JSON object.");
            }

            chunk.ReadRoot(ref reader, isFirst);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw new WireException($"A part of the stream is not what it should be: {fault.Message}");
        }

        return chunk;
    }

    private void ReadRoot(scoped ref Utf8JsonReader reader, bool isFirst)
    {
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                ReadChoices(ref reader);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                HasUsage = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                ThrowReported(ref reader);
            }
            else if (isFirst && reader.ValueTextEquals("model"u8))
            {
                reader.Read();
                Model = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
            else if (isFirst && reader.ValueTextEquals("created"u8))
            {
                reader.Read();
                Created = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long created) ? created : 0;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadChoices(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        // One answer is asked for; whatever else comes is not for us.
        bool first = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (first && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadChoice(ref reader);
                first = false;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadChoice(scoped ref Utf8JsonReader reader)
    {
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                ReadDelta(ref reader);
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                FinishReason = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                reader.Read();
                ReadLogprobs(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadDelta(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                Content = NextText(ref reader, Content);
            }
            else if (reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8))
            {
                // Two names are in use, and some servers give both.
                Reasoning = NextText(ref reader, Reasoning);
            }
            else if (reader.ValueTextEquals("refusal"u8))
            {
                Refusal = NextText(ref reader, Refusal);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                ToolCalls = NextList(ref reader);
            }
            else if (reader.ValueTextEquals("annotations"u8))
            {
                Annotations = NextList(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadLogprobs(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                Logprobs = NextList(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static bool NextMember(scoped ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private readonly ReadOnlySpan<byte> NextText(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> otherwise)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            int start = (int)reader.TokenStartIndex + 1;
            return reader.ValueSpan.IsEmpty ? otherwise : _data[start..(start + reader.ValueSpan.Length)];
        }

        reader.Skip();
        return otherwise;
    }

    private readonly ReadOnlySpan<byte> NextList(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        var raw = Raw(ref reader);
        return raw is [(byte)'[', ..] ? raw : default;
    }

    private readonly ReadOnlySpan<byte> Raw(scoped ref Utf8JsonReader reader)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return _data[start..(int)reader.BytesConsumed];
    }

    private static void ThrowReported(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        using var error = JsonDocument.ParseValue(ref reader);
        throw new WireException(error.RootElement.ValueKind == JsonValueKind.String
            ? error.RootElement.GetString()!
            : error.RootElement.Text("message"u8) ?? "The model's server reports an error.");
    }
}
