using System.Buffers;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>Chat request → Messages request.</summary>
internal static class RequestWriter
{
    /// <summary>Below about a thousand tokens Anthropic caches nothing.</summary>
    private const int CacheFrom = 4_096;

    public static void Write(JsonElement chat, ReadOnlySpan<byte> raw, string model, IBufferWriter<byte> output)
    {
        ChatRefusals.Check(chat);
        if (chat.Member("messages"u8) is not { ValueKind: JsonValueKind.Array } messages)
        {
            throw new WireException("'messages' must be an array.", "messages");
        }

        var claude = ClaudeModel.Of(model);
        JsonAnswer answer = JsonAnswer.Of(chat, claude);
        Tools tools = new(chat, messages, answer, claude);
        var system = SystemText.Collect(messages);
        bool marks = raw.IndexOf("\"cache_control\""u8) < 0 && tools.Size + SystemText.Size(system) >= CacheFrom;
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        writer.WriteStartObject();
        writer.WriteString("model"u8, model);
        var effort = Effort.Of(chat, claude, mustCallTool: tools.MustCall, endsWithToolResult: Turns.EndsWithToolResult(messages));
        long maxTokens = MaxTokens(chat) ?? (effort.Budget + claude.DefaultMaxTokens(thinks: effort.Mode == "adaptive"));
        effort = effort.Within(maxTokens);
        writer.WriteNumber("max_tokens"u8, maxTokens);
        SystemText.Write(writer, system, answer.Instruction ?? tools.Instruction, marks);
        writer.WriteStartArray("messages"u8);
        new Turns(writer).Write(messages);
        writer.WriteEndArray();
        tools.Write(writer, marks);
        effort.WriteThinking(writer);
        WriteOutputConfig(writer, effort, answer);
        if (!effort.Thinks && claude.TakesSampling)
        {
            WriteSampling(writer, chat, claude);
        }

        WriteStops(writer, chat);
        if ((chat.Member("user"u8) ?? chat.Member("safety_identifier"u8)) is { ValueKind: JsonValueKind.String } user)
        {
            writer.WriteStartObject("metadata"u8);
            writer.Copy("user_id"u8, user);
            writer.WriteEndObject();
        }

        if (chat.Flag("stream"u8))
        {
            writer.WriteBoolean("stream"u8, true);
        }

        writer.WriteEndObject();
    }

    private static long? MaxTokens(JsonElement chat)
    {
        foreach (string name in (ReadOnlySpan<string>)["max_completion_tokens", "max_tokens"])
        {
            if (chat.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long tokens) && tokens > 0
                    ? tokens
                    : throw new WireException($"'{name}' must be a positive whole number.", name);
            }
        }

        return null;
    }

    private static void WriteOutputConfig(Utf8JsonWriter writer, Effort effort, JsonAnswer answer)
    {
        if (effort.Level is null && answer.Schema is null)
        {
            return;
        }

        writer.WriteStartObject("output_config"u8);
        if (effort.Level is { } level)
        {
            writer.WriteString("effort"u8, level);
        }

        if (answer.Schema is { } schema)
        {
            writer.WriteStartObject("format"u8);
            writer.WriteString("type"u8, "json_schema"u8);
            writer.WritePropertyName("schema"u8);
            StructuredSchema.Write(writer, schema);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteSampling(Utf8JsonWriter writer, JsonElement chat, ClaudeModel claude)
    {
        double? temperature = Number("temperature"), topP = Number("top_p");
        if (temperature is { } heat)
        {
            writer.WriteNumber("temperature"u8, Math.Clamp(heat, 0, 1));
        }

        if (topP is { } p && (temperature is null || claude.TakesBothSamplings))
        {
            writer.WriteNumber("top_p"u8, Math.Clamp(p, 0, 1));
        }

        double? Number(string name) =>
            !chat.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number
            : throw new WireException($"'{name}' must be a number.", name);
    }

    private static void WriteStops(Utf8JsonWriter writer, JsonElement chat)
    {
        if (chat.Member("stop"u8) is not { } stop)
        {
            return;
        }

        // Anthropic refuses a stop of nothing but white space.
        JsonElement[] all = stop.ValueKind switch
        {
            JsonValueKind.String => [stop],
            JsonValueKind.Array when stop.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) => [.. stop.EnumerateArray()],
            _ => throw new WireException("'stop' must be a string or an array of strings.", "stop"),
        };
        JsonElement[] useful = [.. all.Where(one => !string.IsNullOrWhiteSpace(one.Decoded()))];
        if (useful.Length > 0)
        {
            writer.WriteStartArray("stop_sequences"u8);
            foreach (var one in useful)
            {
                writer.Copy(one);
            }

            writer.WriteEndArray();
        }
    }
}
