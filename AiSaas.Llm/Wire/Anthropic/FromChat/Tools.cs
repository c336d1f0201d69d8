using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>Tools and their choice.</summary>
internal sealed class Tools
{
    private readonly JsonElement[] _tools;
    private readonly string[] _remembered;
    private readonly JsonAnswer _answer;
    private readonly string? _choice, _chosen;
    private readonly bool _oneAtATime;

    /// <param name="chat">The request.</param>
    /// <param name="messages">Its messages: where they call tools and the request defines none, Anthropic wants them defined all the same.</param>
    /// <param name="answer">May need a tool of its own.</param>
    /// <param name="claude">The target's model.</param>
    public Tools(JsonElement chat, JsonElement messages, JsonAnswer answer, ClaudeModel claude)
    {
        _answer = answer;
        _tools = chat.Member("tools"u8) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } tools => [.. tools.EnumerateArray()],
            _ => throw new WireException("'tools' must be an array.", "tools"),
        };
        for (int i = 0; i < _tools.Length; i++)
        {
            if (_tools[i].Text("type"u8) != "function" || string.IsNullOrEmpty(_tools[i].Member("function"u8)?.Text("name"u8)))
            {
                throw new WireException("Only tools of type function, with a name, are supported for this model.", $"tools[{i}]");
            }
        }

        _remembered = _tools.Length > 0 ? [] : Remembered(messages);
        Size = _tools.Sum(tool => tool.Raw().Length);
        _oneAtATime = chat.Member("parallel_tool_calls"u8) is { ValueKind: JsonValueKind.False };
        (_choice, _chosen) = Choice(chat);
        if (MustCall && !claude.TakesForcedTools)
        {
            // The next best thing to being forced is being told.
            Instruction = _chosen is null
                ? "Answer by calling one of the tools, not in words."
                : $"Answer by calling the tool '{_chosen}', not in words.";
            (_choice, _chosen) = ("auto", null);
        }
    }

    /// <summary>A line for the system prompt.</summary>
    public string? Instruction { get; }

    /// <summary>Bytes of the definitions.</summary>
    public int Size { get; }

    /// <summary>Whether the model has to call a tool.</summary>
    public bool MustCall => _choice is "any" or "tool";

    public void Write(Utf8JsonWriter writer, bool marks)
    {
        if (_tools.Length == 0 && _remembered.Length == 0 && _answer.ToolSchema is null)
        {
            return;
        }

        writer.WriteStartArray("tools"u8);
        for (int i = 0; i < _tools.Length; i++)
        {
            Write(writer, _tools[i], marks && i == _tools.Length - 1 && _answer.ToolSchema is null);
        }

        foreach (string name in _remembered)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, name);
            WriteSchema(writer, null);
            writer.WriteEndObject();
        }

        if (_answer.ToolSchema is { } schema)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, ChatOverMessages.JsonTool);
            writer.WriteString("description"u8, "Gives the final answer to the user. Its input is the whole answer."u8);
            WriteSchema(writer, schema);
            if (marks)
            {
                SystemText.WriteMark(writer);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteChoice(writer);
    }

    private void WriteChoice(Utf8JsonWriter writer)
    {
        if (_choice is null && !_oneAtATime)
        {
            return;
        }

        writer.WriteStartObject("tool_choice"u8);
        writer.WriteString("type"u8, _choice ?? "auto");
        if (_chosen is not null)
        {
            writer.WriteString("name"u8, _chosen);
        }

        if (_oneAtATime && _choice != "none")
        {
            writer.WriteBoolean("disable_parallel_tool_use"u8, true);
        }

        writer.WriteEndObject();
    }

    private (string? Choice, string? Chosen) Choice(JsonElement chat)
    {
        var (choice, chosen) = chat.Member("tool_choice"u8) switch
        {
            null => (null, null),
            { ValueKind: JsonValueKind.String } text => text.Decoded() switch
            {
                "auto" => ("auto", null),
                "none" => ("none", null),
                "required" => ("any", null),
                _ => throw Unknown(),
            },
            { ValueKind: JsonValueKind.Object } named when named.Text("type"u8) == "function" =>
                ("tool", named.Member("function"u8)?.Text("name"u8) ?? throw Unknown()),
            _ => throw Unknown(),
        };
        if (_answer.ToolSchema is not null)
        {
            // With tools of the client's own, the model may still call those first.
            return _tools.Length == 0 || choice == "none" ? ("tool", ChatOverMessages.JsonTool) : choice == "tool" ? (choice, chosen) : ("any", null);
        }

        return _remembered.Length > 0 ? ("none", null) : _tools.Length == 0 ? (null, null) : (choice, chosen);

        static WireException Unknown() => new("'tool_choice' must be none, auto, required or name a function.", "tool_choice");
    }

    private static void Write(Utf8JsonWriter writer, JsonElement tool, bool mark)
    {
        var function = tool.GetProperty("function"u8);
        writer.WriteStartObject();
        writer.Copy("name"u8, function.GetProperty("name"u8));
        if (function.Member("description"u8) is { ValueKind: JsonValueKind.String } description)
        {
            writer.Copy("description"u8, description);
        }

        WriteSchema(writer, function.Member("parameters"u8));
        if ((tool.Member("cache_control"u8) ?? function.Member("cache_control"u8)) is { } own)
        {
            writer.Copy("cache_control"u8, own);
        }
        else if (mark)
        {
            SystemText.WriteMark(writer);
        }

        writer.WriteEndObject();
    }

    private static void WriteSchema(Utf8JsonWriter writer, JsonElement? schema)
    {
        if (schema?.Member("type"u8) is not null)
        {
            writer.Copy("input_schema"u8, schema.Value);
            return;
        }

        // Anthropic wants the type said.
        writer.WriteStartObject("input_schema"u8);
        writer.WriteString("type"u8, "object"u8);
        if (schema is { ValueKind: JsonValueKind.Object } rest)
        {
            foreach (var member in rest.EnumerateObject())
            {
                writer.WritePropertyName(member.Name);
                writer.Copy(member.Value);
            }
        }

        writer.WriteEndObject();
    }

    private static string[] Remembered(JsonElement messages) =>
    [
        .. messages.EnumerateArray()
            .Select(message => message.Member("tool_calls"u8))
            .Where(calls => calls is { ValueKind: JsonValueKind.Array })
            .SelectMany(calls => calls!.Value.EnumerateArray())
            .Select(call => call.Member("function"u8)?.Text("name"u8))
            .OfType<string>()
            .Distinct(),
    ];
}
