using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>Instructions and input items as chat messages.</summary>
/// <remarks>Items of one answer (its text, its calls) stand side by side; chat completions want them in one assistant message, with
/// the calls' outputs right behind. So the assistant's items are gathered until somebody else's comes.</remarks>
internal sealed class ChatMessages(Utf8JsonWriter writer, bool olderServers)
{
    private readonly List<(JsonElement Message, int Index)> _texts = [];
    private readonly List<(JsonElement Call, int Index)> _calls = [];

    public void Write(JsonElement request)
    {
        writer.WriteStartArray("messages"u8);
        if (request.TryGet("instructions"u8, out var instructions))
        {
            writer.WriteStartObject();
            // OpenAI reads it as the developer's on models that have one; everybody else knows no other.
            writer.WriteString("role"u8, "system"u8);
            writer.Copy("content"u8, Expect(instructions, JsonValueKind.String, "instructions"));
            writer.WriteEndObject();
        }

        if (!request.TryGet("input"u8, out var input))
        {
            throw new WireException("There is nothing to answer: 'input' is missing.", "input");
        }

        if (input.ValueKind == JsonValueKind.String)
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, "user"u8);
            writer.Copy("content"u8, input);
            writer.WriteEndObject();
        }
        else
        {
            int index = 0;
            foreach (var item in Expect(input, JsonValueKind.Array, "input", "a string or a list of items").EnumerateArray())
            {
                WriteItem(item, index++);
            }

            FlushAssistant();
        }

        writer.WriteEndArray();
    }

    private void WriteItem(JsonElement item, int index)
    {
        Expect(item, JsonValueKind.Object, $"input[{index}]");
        // A message may leave its type out.
        switch (item.Text("type"u8) ?? (item.TryGet("role"u8, out _) ? "message" : null))
        {
            case "message" when item.Text("role"u8) == "assistant":
                _texts.Add((item, index));
                break;
            case "message":
                FlushAssistant();
                WriteMessage(item, index);
                break;
            case "function_call":
                _calls.Add((item, index));
                break;
            case "function_call_output":
                FlushAssistant();
                WriteOutput(item, index);
                break;
            case "reasoning":
                // Other models' thoughts are of no use to the target, and chat completions have no place for them.
                break;
            case "item_reference":
                throw new WireException($"There is no item '{item.Text("id"u8)}'.", $"input[{index}].id");
            case { } other:
                throw new WireException($"Items of type '{other}' can't be passed to this model.", $"input[{index}].type");
            case null:
                throw new WireException("An item needs a type.", $"input[{index}].type");
        }
    }

    private void WriteMessage(JsonElement item, int index)
    {
        string role = item.Text("role"u8) switch
        {
            "user" => "user",
            "developer" when !olderServers => "developer",
            "system" or "developer" => "system",
            _ => throw new WireException("A role is one of user, assistant, system and developer.", $"input[{index}].role"),
        };
        writer.WriteStartObject();
        writer.WriteString("role"u8, role);
        WriteContent(item, index);
        writer.WriteEndObject();
    }

    private void WriteContent(JsonElement item, int index) => ChatContent.Write(
        writer,
        item.TryGet("content"u8, out var content) ? content : throw new WireException("A message needs content.", $"input[{index}].content"),
        $"input[{index}].content");

    private void WriteOutput(JsonElement item, int index)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, "tool"u8);
        writer.Copy("tool_call_id"u8, Member(item, "call_id"u8, index));
        if (!item.TryGet("output"u8, out var output))
        {
            throw new WireException("'output' is missing.", $"input[{index}].output");
        }

        ChatContent.Write(writer, output, $"input[{index}].output");
        writer.WriteEndObject();
    }

    private void FlushAssistant()
    {
        for (int text = 0; text < _texts.Count || (text == 0 && _calls.Count > 0); text++)
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, "assistant"u8);
            if (_texts.Count > 0)
            {
                WriteContent(_texts[text].Message, _texts[text].Index);
            }
            else
            {
                writer.WriteNull("content"u8);
            }

            if (text >= _texts.Count - 1 && _calls.Count > 0)
            {
                WriteCalls();
            }

            writer.WriteEndObject();
        }

        _texts.Clear();
        _calls.Clear();
    }

    private void WriteCalls()
    {
        writer.WriteStartArray("tool_calls"u8);
        foreach (var (call, index) in _calls)
        {
            writer.WriteStartObject();
            writer.Copy("id"u8, Member(call, "call_id"u8, index));
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.Copy("name"u8, Member(call, "name"u8, index));
            writer.Copy("arguments"u8, Member(call, "arguments"u8, index));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static JsonElement Member(JsonElement item, ReadOnlySpan<byte> name, int index) =>
        item.TryGet(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value
            : throw new WireException("A string is missing.", $"input[{index}].{System.Text.Encoding.UTF8.GetString(name)}");

    private static JsonElement Expect(JsonElement value, JsonValueKind kind, string path, string? what = null) =>
        value.ValueKind == kind
            ? value
            : throw new WireException($"Expected {what ?? (kind == JsonValueKind.String ? "a string" : "an object")}.", path);
}
