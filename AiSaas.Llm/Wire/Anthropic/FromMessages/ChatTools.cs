using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>Tools and their choice.</summary>
internal static class ChatTools
{
    public static void Write(Utf8JsonWriter writer, JsonElement request)
    {
        if (request.Member("tools"u8) is not { ValueKind: JsonValueKind.Array } tools || tools.GetArrayLength() == 0)
        {
            return;
        }

        writer.WriteStartArray("tools"u8);
        int index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            Write(writer, tool, $"tools[{index++}]");
        }

        writer.WriteEndArray();
        if (request.Member("tool_choice"u8) is not { } choice)
        {
            return;
        }

        switch (choice.Text("type"u8))
        {
            case "auto":
                writer.WriteString("tool_choice"u8, "auto"u8);
                break;
            case "any":
                writer.WriteString("tool_choice"u8, "required"u8);
                break;
            case "none":
                writer.WriteString("tool_choice"u8, "none"u8);
                break;
            case "tool" when choice.Member("name"u8) is { ValueKind: JsonValueKind.String } name:
                writer.WriteStartObject("tool_choice"u8);
                writer.WriteString("type"u8, "function"u8);
                writer.WriteStartObject("function"u8);
                writer.Copy("name"u8, name);
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
            default:
                throw new WireException("'tool_choice.type' must be auto, any, none, or tool with a name.", "tool_choice");
        }

        if (choice.Flag("disable_parallel_tool_use"u8))
        {
            writer.WriteBoolean("parallel_tool_calls"u8, false);
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement tool, string where)
    {
        if (tool.Text("type"u8) is { } type and not "custom")
        {
            throw new WireException($"The tool '{type}' is Anthropic's own and not supported for this model.", where);
        }

        if (tool.Member("name"u8) is not { ValueKind: JsonValueKind.String } name)
        {
            throw new WireException("A tool needs a name.", where + ".name");
        }

        writer.WriteStartObject();
        writer.WriteString("type"u8, "function"u8);
        writer.WriteStartObject("function"u8);
        writer.Copy("name"u8, name);
        if (tool.Member("description"u8) is { ValueKind: JsonValueKind.String } description)
        {
            writer.Copy("description"u8, description);
        }

        if (tool.Member("input_schema"u8) is { } schema)
        {
            writer.Copy("parameters"u8, schema);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
