using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>Tools: flat in Responses, nested in chat completions.</summary>
internal static class ChatTools
{
    public static void Write(Utf8JsonWriter writer, JsonElement request)
    {
        if (!request.TryGet("tools"u8, out var tools) || tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() == 0)
        {
            // Without tools OpenAI refuses the two members that follow, which clients of Responses send all the same.
            return;
        }

        writer.WriteStartArray("tools"u8);
        int index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            WriteTool(writer, tool, $"tools[{index++}]");
        }

        writer.WriteEndArray();
        writer.CopyMember("parallel_tool_calls"u8, request, "parallel_tool_calls"u8);
        if (request.TryGet("tool_choice"u8, out var choice))
        {
            WriteChoice(writer, choice);
        }
    }

    private static void WriteTool(Utf8JsonWriter writer, JsonElement tool, string path)
    {
        string? type = tool.Text("type"u8);
        if (type != "function")
        {
            throw new WireException($"This model has no tool '{type}': only functions can be passed to it.", path + ".type");
        }

        writer.WriteStartObject();
        writer.WriteString("type"u8, "function"u8);
        writer.WriteStartObject("function"u8);
        if (!tool.TryGet("name"u8, out var name))
        {
            throw new WireException("A function needs a name.", path + ".name");
        }

        writer.Copy("name"u8, name);
        writer.CopyMember("description"u8, tool, "description"u8);
        writer.CopyMember("parameters"u8, tool, "parameters"u8);
        writer.CopyMember("strict"u8, tool, "strict"u8);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter writer, JsonElement choice)
    {
        if (choice.ValueKind == JsonValueKind.String)
        {
            writer.Copy("tool_choice"u8, choice);
            return;
        }

        writer.WriteStartObject("tool_choice"u8);
        switch (choice.Text("type"u8))
        {
            case "function":
                WriteFunction(writer, choice);
                break;
            case "allowed_tools" when choice.TryGet("tools"u8, out var tools) && tools.ValueKind == JsonValueKind.Array:
                writer.WriteString("type"u8, "allowed_tools"u8);
                writer.WriteStartObject("allowed_tools"u8);
                writer.CopyMember("mode"u8, choice, "mode"u8);
                writer.WriteStartArray("tools"u8);
                foreach (var tool in tools.EnumerateArray())
                {
                    writer.WriteStartObject();
                    WriteFunction(writer, tool);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
                break;
            case var other:
                throw new WireException($"This model has no tool '{other}': only functions can be chosen.", "tool_choice");
        }

        writer.WriteEndObject();
    }

    private static void WriteFunction(Utf8JsonWriter writer, JsonElement choice)
    {
        if (choice.Text("type"u8) != "function" || !choice.TryGet("name"u8, out var name))
        {
            throw new WireException("A choice names a function.", "tool_choice");
        }

        writer.WriteString("type"u8, "function"u8);
        writer.WriteStartObject("function"u8);
        writer.Copy("name"u8, name);
        writer.WriteEndObject();
    }
}
