using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>Writes the events of an Anthropic stream. Texts are raw, so a token costs a few copies.</summary>
internal static class MessageEvents
{
    /// <remarks>No tokens yet: an OpenAI stream tells them at its end, and so does our <c>message_delta</c>.</remarks>
    public static void Start(ReadOnlySpan<byte> id, ReadOnlySpan<byte> model, IBufferWriter<byte> output)
    {
        output.Write("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\""u8);
        output.Write(id);
        output.Write("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\""u8);
        output.Write(model);
        output.Write("\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":0,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":0}}}\n\n"u8);
    }

    public static void Open(int index, OutBlock block, IBufferWriter<byte> output)
    {
        output.Write("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        Number(index, output);
        switch (block.Kind)
        {
            case OutKind.Text:
                output.Write(",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"u8);
                break;
            case OutKind.Thinking:
                output.Write(",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n"u8);
                break;
            default:
                output.Write(",\"content_block\":{\"type\":\"tool_use\",\"id\":\""u8);
                output.Write(block.Id);
                output.Write("\",\"name\":\""u8);
                output.Write(block.Name);
                output.Write("\",\"input\":{},\"caller\":{\"type\":\"direct\"}}}\n\n"u8);
                break;
        }
    }

    public static void Delta(int index, OutKind kind, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        output.Write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        Number(index, output);
        output.Write(kind switch
        {
            OutKind.Text => ",\"delta\":{\"type\":\"text_delta\",\"text\":\""u8,
            OutKind.Thinking => ",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\""u8,
            _ => ",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\""u8,
        });
        output.Write(raw);
        output.Write("\"}}\n\n"u8);
    }

    public static void Close(int index, IBufferWriter<byte> output)
    {
        output.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        Number(index, output);
        output.Write("}\n\n"u8);
    }

    /// <param name="reason">Why it ended.</param>
    /// <param name="stop">The stop that matched, raw; empty for none.</param>
    /// <param name="usage">Of the whole.</param>
    /// <param name="output">Takes both last events.</param>
    public static void End(ReadOnlySpan<byte> reason, ReadOnlySpan<byte> stop, in TokenUsage usage, IBufferWriter<byte> output)
    {
        output.Write("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\""u8);
        output.Write(reason);
        output.Write("\",\"stop_sequence\":"u8);
        output.Write(stop.IsEmpty ? "null"u8 : "\""u8);
        output.Write(stop);
        output.Write(stop.IsEmpty ? "},\"usage\":"u8 : "\"},\"usage\":"u8);
        using (Utf8JsonWriter writer = new(output, WireJson.Writing))
        {
            MessagesUsage.Write(writer, usage);
        }

        output.Write("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
    }

    private static void Number(int number, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(11);
        number.TryFormat(span, out int written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }
}
