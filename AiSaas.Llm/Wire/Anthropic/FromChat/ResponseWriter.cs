using System.Buffers;
using System.Text.Json;
using AiSaas.Llm.Wire.Errors;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>A whole Anthropic message → a chat completion.</summary>
internal static class ResponseWriter
{
    public static void Write(JsonElement message, ReadOnlySpan<byte> raw, DateTimeOffset now, IBufferWriter<byte> output)
    {
        if (WireErrors.TryReadError(WireApi.Messages, raw, out var error))
        {
            throw new WireException(error.Message);
        }

        if (message.Member("content"u8) is not { ValueKind: JsonValueKind.Array } blocks)
        {
            throw new WireException("The provider's answer has no content.");
        }

        string id = message.Text("id"u8) ?? "";
        JsonElement[] all = [.. blocks.EnumerateArray()];
        JsonElement[] tools = [.. all.Where(block => IsTool(block) && block.Text("name"u8) != ChatOverMessages.JsonTool)];
        bool answersByTool = all.Any(block => IsTool(block) && block.Text("name"u8) == ChatOverMessages.JsonTool);
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        writer.WriteStartObject();
        writer.WriteString("id"u8, "chatcmpl-" + (id.StartsWith("msg_", StringComparison.Ordinal) ? id[4..] : id));
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, now.ToUnixTimeSeconds());
        writer.WriteString("model"u8, message.Text("model"u8) ?? "");
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        WriteMessage(writer, message, all, tools);
        writer.WriteNull("logprobs"u8);
        var reason = message.Member("stop_reason"u8) is { ValueKind: JsonValueKind.String } stop ? StopReasons.ToChat(stop.RawText()) : "stop"u8;
        writer.WriteString("finish_reason"u8, answersByTool && tools.Length == 0 && reason.SequenceEqual("tool_calls"u8) ? "stop"u8 : reason);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (UsageReader.TryRead(WireApi.Messages, raw, out var usage))
        {
            writer.WritePropertyName("usage"u8);
            ChatUsage.Write(writer, usage);
        }

        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, JsonElement message, JsonElement[] blocks, JsonElement[] tools)
    {
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        WriteJoined(writer, "content"u8, blocks, static block => block.Text("type"u8) switch
        {
            "text" => block.Member("text"u8) is { ValueKind: JsonValueKind.String } text ? text : null,
            "tool_use" when block.Text("name"u8) == ChatOverMessages.JsonTool => block.Member("input"u8),
            _ => null,
        }, orNull: true);
        WriteJoined(writer, "reasoning_content"u8, blocks, static block =>
            block.Text("type"u8) == "thinking" && block.Member("thinking"u8) is { ValueKind: JsonValueKind.String } text ? text : null, orNull: false);
        if (message.Member("stop_details"u8)?.Member("explanation"u8) is { ValueKind: JsonValueKind.String } explanation)
        {
            writer.Copy("refusal"u8, explanation);
        }
        else
        {
            writer.WriteNull("refusal"u8);
        }

        if (tools.Length > 0)
        {
            writer.WriteStartArray("tool_calls"u8);
            foreach (var tool in tools)
            {
                writer.WriteStartObject();
                writer.WriteString("id"u8, tool.Text("id"u8) ?? "");
                writer.WriteString("type"u8, "function"u8);
                writer.WriteStartObject("function"u8);
                writer.WriteString("name"u8, tool.Text("name"u8) ?? "");
                writer.WriteString("arguments"u8, tool.Member("input"u8) is { ValueKind: JsonValueKind.Object } input ? input.Raw() : "{}"u8);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>Joins the blocks' texts; an object among them stands as its JSON.</summary>
    private static void WriteJoined(
        Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement[] blocks, Func<JsonElement, JsonElement?> part, bool orNull)
    {
        JsonElement[] parts = [.. blocks.Select(part).OfType<JsonElement>()];
        switch (parts)
        {
            case [] when orNull:
                writer.WriteNull(name);
                break;
            case []:
                break;
            case [{ ValueKind: JsonValueKind.String } only]:
                writer.Copy(name, only);
                break;
            default:
                writer.WriteString(name, string.Concat(parts.Select(one =>
                    one.ValueKind == JsonValueKind.String ? one.Decoded() : one.GetRawText())));
                break;
        }
    }

    private static bool IsTool(JsonElement block) => block.Text("type"u8) == "tool_use";
}
