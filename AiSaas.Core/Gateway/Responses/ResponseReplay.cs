using System.Text;
using System.Text.Json;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>The events that a response would have had if each text had come in one piece.</summary>
internal static class ResponseReplay
{
    /// <param name="response">One that has ended.</param>
    /// <param name="from">The first event's number.</param>
    /// <param name="created">Whether it begins with <c>response.created</c>.</param>
    public static List<(long Number, ResponseEvent Event)> Of(ReadOnlyMemory<byte> response, long from, bool created)
    {
        List<(long Number, ResponseEvent Event)> events = [];
        var begun = Begun(response);
        if (created)
        {
            Add("response.created", writer => Raw(writer, "response"u8, begun.Span));
        }

        Add("response.in_progress", writer => Raw(writer, "response"u8, begun.Span));
        using var document = JsonDocument.Parse(response);
        if (document.RootElement.TryGetProperty("output", out var output))
        {
            int index = 0;
            foreach (var item in output.EnumerateArray())
            {
                AddItem(item, index++);
            }
        }

        Add($"response.{document.RootElement.GetProperty("status").GetString()}", writer => Raw(writer, "response"u8, response.Span));
        return events;

        void AddItem(JsonElement item, int index)
        {
            string type = item.GetProperty("type").GetString()!;
            string id = item.TryGetProperty("id", out var named) ? named.GetString() ?? "" : "";
            Add("response.output_item.added", writer =>
            {
                writer.WriteNumber("output_index"u8, index);
                writer.WritePropertyName("item"u8);
                WriteBegun(writer, item);
            });
            if (type == "function_call" && item.TryGetProperty("arguments", out var arguments))
            {
                Add("response.function_call_arguments.delta", writer => Place(writer, id, index, null, "delta", arguments));
                Add("response.function_call_arguments.done", writer =>
                {
                    Place(writer, id, index, null, "arguments", arguments);
                    Raw(writer, "name"u8, Bytes(item.GetProperty("name")));
                });
            }
            else if (item.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array)
            {
                int part = 0;
                foreach (var one in content.EnumerateArray())
                {
                    AddPart(id, index, part++, one);
                }
            }

            Add("response.output_item.done", writer =>
            {
                writer.WriteNumber("output_index"u8, index);
                Raw(writer, "item"u8, Bytes(item));
            });
        }

        void AddPart(string id, int index, int part, JsonElement content)
        {
            string type = content.GetProperty("type").GetString()!;
            string member = type == "refusal" ? "refusal" : "text";
            Add("response.content_part.added", writer =>
            {
                Place(writer, id, index, part);
                writer.WritePropertyName("part"u8);
                WriteBegun(writer, content);
            });
            if (content.TryGetProperty(member, out var text))
            {
                Add($"response.{type}.delta", writer =>
                {
                    Place(writer, id, index, part, "delta", text);
                    Logprobs(writer, type, content);
                });
                Add($"response.{type}.done", writer =>
                {
                    Place(writer, id, index, part, member, text);
                    Logprobs(writer, type, content);
                });
            }

            Add("response.content_part.done", writer =>
            {
                Place(writer, id, index, part);
                Raw(writer, "part"u8, Bytes(content));
            });
        }

        void Add(string type, Action<Utf8JsonWriter> members) =>
            events.Add((from + events.Count, ResponseEvent.Make(type, from + events.Count, members)));
    }

    private static void Place(Utf8JsonWriter writer, string id, int index, int? part, string? member = null, JsonElement text = default)
    {
        writer.WriteString("item_id"u8, id);
        writer.WriteNumber("output_index"u8, index);
        if (part is { } place)
        {
            writer.WriteNumber("content_index"u8, place);
        }

        if (member is not null)
        {
            Raw(writer, Encoding.UTF8.GetBytes(member), Bytes(text));
        }
    }

    private static void Logprobs(Utf8JsonWriter writer, string type, JsonElement content)
    {
        if (type == "output_text")
        {
            Raw(writer, "logprobs"u8, content.TryGetProperty("logprobs", out var logprobs) ? Bytes(logprobs) : "[]"u8);
        }
    }

    // An item or a part as it is when it begins: its texts and lists are empty.
    private static void WriteBegun(Utf8JsonWriter writer, JsonElement whole)
    {
        writer.WriteStartObject();
        foreach (var member in whole.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            switch (member.Name)
            {
                case "text" or "refusal" or "arguments":
                    writer.WriteStringValue(""u8);
                    break;
                case "content" or "annotations" or "logprobs" when member.Value.ValueKind == JsonValueKind.Array:
                    writer.WriteStartArray();
                    writer.WriteEndArray();
                    break;
                case "status":
                    writer.WriteStringValue("in_progress"u8);
                    break;
                default:
                    ResponseRequest.Raw(writer, member.Value);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Begun(ReadOnlyMemory<byte> response)
    {
        using var document = JsonDocument.Parse(response);
        System.Buffers.ArrayBufferWriter<byte> output = new(response.Length);
        using Utf8JsonWriter writer = new(output, ResponseRequest.Writing);
        writer.WriteStartObject();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            switch (member.Name)
            {
                case "status":
                    writer.WriteStringValue("in_progress"u8);
                    break;
                case "output":
                    writer.WriteStartArray();
                    writer.WriteEndArray();
                    break;
                case "usage" or "error" or "incomplete_details" or "completed_at":
                    writer.WriteNullValue();
                    break;
                default:
                    ResponseRequest.Raw(writer, member.Value);
                    break;
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenMemory;
    }

    private static void Raw(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(value, skipInputValidation: true);
    }

    private static ReadOnlySpan<byte> Bytes(JsonElement value) => System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value);
}
