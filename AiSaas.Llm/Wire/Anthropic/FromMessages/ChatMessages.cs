using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>System prompt and turns of content blocks → chat messages.</summary>
internal sealed class ChatMessages(Utf8JsonWriter writer)
{
    public void WriteSystem(JsonElement? system)
    {
        switch (system)
        {
            case null:
                break;
            case { ValueKind: JsonValueKind.String } text:
                WriteText("system"u8, text.Decoded());
                break;
            case { ValueKind: JsonValueKind.Array } blocks:
                WriteText("system"u8, string.Join("\n\n", blocks.EnumerateArray().Select(block => block.Text("text"u8)
                    ?? throw new WireException("'system' holds text only.", "system"))));
                break;
            default:
                throw new WireException("'system' must be text or an array of text blocks.", "system");
        }
    }

    public void Write(JsonElement messages)
    {
        int index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            string where = $"messages[{index++}]";
            var content = message.Member("content"u8) ?? throw new WireException("'content' is missing.", where + ".content");
            if (content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
            {
                throw new WireException("'content' must be text or an array of blocks.", where + ".content");
            }

            switch (message.Text("role"u8))
            {
                case "user" when content.ValueKind == JsonValueKind.String:
                    WriteText("user"u8, content.Decoded());
                    break;
                case "user":
                    WriteUser([.. content.EnumerateArray()], where + ".content");
                    break;
                case "assistant":
                    WriteAssistant(content, where + ".content");
                    break;
                case "system":
                    WriteSystem(content);
                    break;
                case var role:
                    throw new WireException($"'{role}' is no role of this API.", where + ".role");
            }
        }
    }

    private void WriteText(ReadOnlySpan<byte> role, string text)
    {
        if (text.Length > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, role);
            writer.WriteString("content"u8, text);
            writer.WriteEndObject();
        }
    }

    /// <summary>Results of tools first: they have to follow the message that called. What such a result shows in images comes after, from the user.</summary>
    private void WriteUser(JsonElement[] blocks, string where)
    {
        List<(JsonElement Block, string Where)> parts = [];
        for (int i = 0; i < blocks.Length; i++)
        {
            string at = $"{where}[{i}]";
            if (blocks[i].Text("type"u8) == "tool_result")
            {
                WriteToolResult(blocks[i], parts, at);
            }
            else
            {
                parts.Add((blocks[i], at));
            }
        }

        if (parts.Count == 1 && parts[0].Block.Text("type"u8) == "text" && parts[0].Block.Text("text"u8) is { } only)
        {
            WriteText("user"u8, only);
        }
        else if (parts.Count > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, "user"u8);
            writer.WriteStartArray("content"u8);
            foreach (var (block, at) in parts)
            {
                ChatPart.Write(writer, block, at);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    private void WriteToolResult(JsonElement result, List<(JsonElement Block, string Where)> later, string where)
    {
        if (result.Member("tool_use_id"u8) is not { ValueKind: JsonValueKind.String } id)
        {
            throw new WireException("A tool's result needs 'tool_use_id'.", where + ".tool_use_id");
        }

        List<string> texts = [];
        switch (result.Member("content"u8))
        {
            case { ValueKind: JsonValueKind.String } text:
                texts.Add(text.Decoded());
                break;
            case { ValueKind: JsonValueKind.Array } blocks:
                int index = 0;
                foreach (var block in blocks.EnumerateArray())
                {
                    string at = $"{where}.content[{index++}]";
                    if (ChatPart.TextOf(block) is { } text)
                    {
                        texts.Add(text);
                    }
                    else
                    {
                        later.Add((block, at));
                    }
                }

                break;
            default:
                break;
        }

        string said = string.Join("\n", texts);
        // Chat has no mark for a failed call; the word is what a model goes by.
        bool marks = result.Flag("is_error"u8) && !said.StartsWith("error", StringComparison.OrdinalIgnoreCase);
        writer.WriteStartObject();
        writer.WriteString("role"u8, "tool"u8);
        writer.Copy("tool_call_id"u8, id);
        writer.WriteString("content"u8, marks ? "Error: " + said : said);
        writer.WriteEndObject();
    }

    private void WriteAssistant(JsonElement content, string where)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            WriteText("assistant"u8, content.Decoded());
            return;
        }

        JsonElement[] blocks = [.. content.EnumerateArray()];
        string text = string.Concat(blocks.Where(block => block.Text("type"u8) == "text").Select(block => block.Text("text"u8)));
        JsonElement[] calls = [.. blocks.Where(block => block.Text("type"u8) == "tool_use")];
        if (calls.Length == 0)
        {
            WriteText("assistant"u8, text);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("content"u8, text.Length > 0 ? text : null);
        writer.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            if (call.Member("id"u8) is not { ValueKind: JsonValueKind.String } id || call.Member("name"u8) is not { ValueKind: JsonValueKind.String } name)
            {
                throw new WireException("A tool_use block needs an id and a name.", where);
            }

            writer.WriteStartObject();
            writer.Copy("id"u8, id);
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.Copy("name"u8, name);
            writer.WriteString("arguments"u8, call.Member("input"u8) is { } input ? input.Raw() : "{}"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
