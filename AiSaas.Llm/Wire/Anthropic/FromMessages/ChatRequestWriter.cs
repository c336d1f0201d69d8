using System.Buffers;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>Messages request → chat request.</summary>
internal static class ChatRequestWriter
{
    public static void Write(JsonElement request, string model, bool sendsMaxCompletionTokens, IBufferWriter<byte> output)
    {
        foreach (string name in (ReadOnlySpan<string>)["mcp_servers", "container"])
        {
            if (request.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
                && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0))
            {
                throw new WireException($"'{name}' is not supported for this model.", name);
            }
        }

        if (request.Member("messages"u8) is not { ValueKind: JsonValueKind.Array } messages)
        {
            throw new WireException("'messages' must be an array.", "messages");
        }

        if (request.Member("max_tokens"u8) is not { ValueKind: JsonValueKind.Number } maxTokens || !maxTokens.TryGetInt64(out long bound) || bound < 1)
        {
            throw new WireException("'max_tokens' must be a positive whole number.", "max_tokens");
        }

        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        writer.WriteStartObject();
        writer.WriteString("model"u8, model);
        writer.WriteStartArray("messages"u8);
        ChatMessages chat = new(writer);
        chat.WriteSystem(request.Member("system"u8));
        chat.Write(messages);
        writer.WriteEndArray();
        writer.WriteNumber(sendsMaxCompletionTokens ? "max_completion_tokens"u8 : "max_tokens"u8, bound);
        ChatTools.Write(writer, request);
        WriteEffort(writer, request, model);
        WriteFormat(writer, request);
        if (!ReasoningModel.RefusesSampling(model))
        {
            CopyNumber(writer, request, "temperature"u8);
            CopyNumber(writer, request, "top_p"u8);
        }

        if (request.Member("stop_sequences"u8) is { ValueKind: JsonValueKind.Array } stops && stops.GetArrayLength() > 0)
        {
            writer.Copy("stop"u8, stops);
        }

        if (request.Member("metadata"u8)?.Member("user_id"u8) is { ValueKind: JsonValueKind.String } user)
        {
            writer.Copy("user"u8, user);
        }

        if (request.Flag("stream"u8))
        {
            writer.WriteBoolean("stream"u8, true);
            writer.WriteStartObject("stream_options"u8);
            writer.WriteBoolean("include_usage"u8, true);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void CopyNumber(Utf8JsonWriter writer, JsonElement request, ReadOnlySpan<byte> name)
    {
        if (request.Member(name) is { ValueKind: JsonValueKind.Number } number)
        {
            writer.Copy(name, number);
        }
    }

    private static void WriteEffort(Utf8JsonWriter writer, JsonElement request, string model)
    {
        if (!ReasoningModel.TakesEffort(model))
        {
            return;
        }

        var thinking = request.Member("thinking"u8);
        string? effort = thinking?.Text("type"u8) switch
        {
            "enabled" => thinking.Value.Member("budget_tokens"u8) is { ValueKind: JsonValueKind.Number } budget && budget.TryGetInt64(out long tokens)
                ? tokens switch { < 4_096 => "low", < 16_384 => "medium", _ => "high" }
                : "medium",
            "disabled" => null,
            _ => request.Member("output_config"u8)?.Text("effort"u8) switch
            {
                "low" => "low",
                "medium" => "medium",
                "high" or "xhigh" or "max" => "high",
                _ => null,
            },
        };
        if (effort is not null)
        {
            writer.WriteString("reasoning_effort"u8, effort);
        }
    }

    private static void WriteFormat(Utf8JsonWriter writer, JsonElement request)
    {
        if ((request.Member("output_config"u8)?.Member("format"u8) ?? request.Member("output_format"u8)) is not { } format)
        {
            return;
        }

        if (format.Text("type"u8) != "json_schema" || format.Member("schema"u8) is not { ValueKind: JsonValueKind.Object } schema)
        {
            throw new WireException("'output_config.format' must be of type json_schema, with a schema.", "output_config.format");
        }

        writer.WriteStartObject("response_format"u8);
        writer.WriteString("type"u8, "json_schema"u8);
        writer.WriteStartObject("json_schema"u8);
        writer.WriteString("name"u8, "answer"u8);
        writer.WriteBoolean("strict"u8, IsStrict(schema));
        writer.Copy("schema"u8, schema);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>OpenAI holds a model to a schema only where every object is closed and every property required, and refuses others as strict.</summary>
    private static bool IsStrict(JsonElement schema)
    {
        switch (schema.ValueKind)
        {
            case JsonValueKind.Array:
                return schema.EnumerateArray().All(IsStrict);
            case JsonValueKind.Object:
                if (schema.Member("properties"u8) is { ValueKind: JsonValueKind.Object } properties)
                {
                    HashSet<string> required = schema.Member("required"u8) is { ValueKind: JsonValueKind.Array } names
                        ? [.. names.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.Decoded())] : [];
                    if (schema.Member("additionalProperties"u8) is not { ValueKind: JsonValueKind.False }
                        || !properties.EnumerateObject().All(property => required.Contains(property.Name) && IsStrict(property.Value)))
                    {
                        return false;
                    }
                }

                return schema.EnumerateObject().All(member => member.Name is "properties" or "enum" or "const" or "default" or "examples" || IsStrict(member.Value));
            default:
                return true;
        }
    }
}
