using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>Chat messages → turns of content blocks. What one role says in a row, results of tools included, is one turn.</summary>
internal sealed class Turns(Utf8JsonWriter writer)
{
    private string? _role;

    public static bool HasAny(JsonElement messages) => messages.EnumerateArray().Any(message => !SystemText.IsSystem(message.Text("role"u8)));

    public static bool EndsWithToolResult(JsonElement messages) =>
        messages.EnumerateArray().LastOrDefault(message => !SystemText.IsSystem(message.Text("role"u8))) is { ValueKind: JsonValueKind.Object } last
        && last.Text("role"u8) == "tool";

    public void Write(JsonElement messages)
    {
        bool onlySystem = !HasAny(messages);
        int index = 0, count = messages.GetArrayLength();
        foreach (var message in messages.EnumerateArray())
        {
            string where = $"messages[{index++}]";
            switch (message.Text("role"u8))
            {
                case "system" or "developer" when !onlySystem:
                    break;
                case "user" or "system" or "developer":
                    Content("user", message.Member("content"u8), where + ".content", isLast: false);
                    break;
                case "assistant":
                    Content("assistant", message.Member("content"u8), where + ".content", isLast: index == count && message.Member("tool_calls"u8) is null);
                    ToolCalls(message, where);
                    break;
                case "tool":
                    ToolResult(message, where);
                    break;
                case var role:
                    throw new WireException($"'{role}' is no role of this API.", where + ".role");
            }
        }

        if (_role is null)
        {
            throw new WireException("The messages are empty.", "messages");
        }

        Close();
    }

    private void Content(string role, JsonElement? content, string where, bool isLast)
    {
        switch (content)
        {
            case null:
                break;
            case { ValueKind: JsonValueKind.String } text:
                Text(role, text, null, isLast);
                break;
            case { ValueKind: JsonValueKind.Array } parts:
                int index = 0, count = parts.GetArrayLength();
                foreach (var part in parts.EnumerateArray())
                {
                    index++;
                    if (ContentPart.TextOf(part) is { } text)
                    {
                        Text(role, text, part.Member("cache_control"u8), isLast && index == count);
                    }
                    else
                    {
                        Open(role);
                        ContentPart.Write(writer, part, $"{where}[{index - 1}]");
                    }
                }

                break;
            default:
                throw new WireException("'content' must be text or an array of parts.", where);
        }
    }

    private void Text(string role, JsonElement text, JsonElement? mark, bool isPrefill)
    {
        // Anthropic refuses empty text, and a prefill that ends in white space.
        string? cut = isPrefill ? text.Decoded().TrimEnd() : null;
        if (text.RawText().IsEmpty || cut is "")
        {
            return;
        }

        Open(role);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "text"u8);
        if (cut is not null)
        {
            writer.WriteString("text"u8, cut);
        }
        else
        {
            writer.Copy("text"u8, text);
        }

        if (mark is { } given)
        {
            writer.Copy("cache_control"u8, given);
        }

        writer.WriteEndObject();
    }

    private void ToolCalls(JsonElement message, string where)
    {
        if (message.Member("tool_calls"u8) is not { ValueKind: JsonValueKind.Array } calls)
        {
            return;
        }

        int index = 0;
        foreach (var call in calls.EnumerateArray())
        {
            string at = $"{where}.tool_calls[{index++}]";
            if (call.Member("id"u8) is not { ValueKind: JsonValueKind.String } id
                || call.Member("function"u8) is not { } function
                || function.Member("name"u8) is not { ValueKind: JsonValueKind.String } name)
            {
                throw new WireException("A tool call needs an id and a function with a name.", at);
            }

            Open("assistant");
            writer.WriteStartObject();
            writer.WriteString("type"u8, "tool_use"u8);
            writer.Copy("id"u8, id);
            writer.Copy("name"u8, name);
            writer.WritePropertyName("input"u8);
            ToolArguments.WriteObject(writer, function.Text("arguments"u8) ?? "", at + ".function.arguments");
            writer.WriteEndObject();
        }
    }

    private void ToolResult(JsonElement message, string where)
    {
        if (message.Member("tool_call_id"u8) is not { ValueKind: JsonValueKind.String } id)
        {
            throw new WireException("A tool's message needs 'tool_call_id'.", where + ".tool_call_id");
        }

        Open("user");
        writer.WriteStartObject();
        writer.WriteString("type"u8, "tool_result"u8);
        writer.Copy("tool_use_id"u8, id);
        switch (message.Member("content"u8))
        {
            case { ValueKind: JsonValueKind.String } text:
                writer.Copy("content"u8, text);
                break;
            case { ValueKind: JsonValueKind.Array } parts:
                writer.WriteStartArray("content"u8);
                int index = 0;
                foreach (var part in parts.EnumerateArray())
                {
                    string at = $"{where}.content[{index++}]";
                    if (ContentPart.TextOf(part) is not { } text || !text.RawText().IsEmpty)
                    {
                        ContentPart.Write(writer, part, at);
                    }
                }

                writer.WriteEndArray();
                break;
            default:
                break;
        }

        writer.WriteEndObject();
    }

    private void Open(string role)
    {
        if (_role == role)
        {
            return;
        }

        // Anthropic's conversations begin with the user.
        if (_role is null && role == "assistant")
        {
            Open("user");
            writer.WriteRawValue("{\"type\":\"text\",\"text\":\"(The conversation begins.)\"}"u8, skipInputValidation: true);
        }

        Close();
        _role = role;
        writer.WriteStartObject();
        writer.WriteString("role"u8, role);
        writer.WriteStartArray("content"u8);
    }

    private void Close()
    {
        if (_role is not null)
        {
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}
