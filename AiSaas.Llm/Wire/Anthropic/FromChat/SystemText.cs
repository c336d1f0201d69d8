using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>The system and developer messages of a chat request, which Anthropic has apart from the turns.</summary>
internal static class SystemText
{
    public static bool IsSystem(string? role) => role is "system" or "developer";

    /// <summary>Their texts in order: strings, or parts of type text.</summary>
    public static List<JsonElement> Collect(JsonElement messages)
    {
        List<JsonElement> texts = [];
        // A conversation of nothing but instructions is asked as a user's turn, for Anthropic wants at least one.
        if (!Turns.HasAny(messages))
        {
            return texts;
        }

        int index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            if (IsSystem(message.Text("role"u8)) && message.Member("content"u8) is { } content)
            {
                string where = $"messages[{index}].content";
                if (content.ValueKind == JsonValueKind.Array)
                {
                    foreach (var part in content.EnumerateArray())
                    {
                        texts.Add(part.Text("type"u8) == "text" && part.Member("text"u8) is { ValueKind: JsonValueKind.String }
                            ? part : throw new WireException("A system message holds text only.", where));
                    }
                }
                else
                {
                    texts.Add(content.ValueKind == JsonValueKind.String ? content : throw new WireException("'content' must be text.", where));
                }
            }

            index++;
        }

        texts.RemoveAll(text => Text(text).RawText().IsEmpty);
        return texts;
    }

    public static int Size(List<JsonElement> texts) => texts.Sum(text => Text(text).Raw().Length);

    /// <param name="writer">Inside the request.</param>
    /// <param name="texts">As collected.</param>
    /// <param name="instruction">A line of our own after them.</param>
    /// <param name="marks">Whether the end of it is marked for the prompt cache.</param>
    public static void Write(Utf8JsonWriter writer, List<JsonElement> texts, string? instruction, bool marks)
    {
        if (texts.Count == 0 && instruction is null)
        {
            return;
        }

        writer.WriteStartArray("system"u8);
        for (int i = 0; i < texts.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "text"u8);
            writer.Copy("text"u8, Text(texts[i]));
            if (texts[i].Member("cache_control"u8) is { } mark)
            {
                writer.Copy("cache_control"u8, mark);
            }

            if (marks && i == texts.Count - 1 && instruction is null)
            {
                WriteMark(writer);
            }

            writer.WriteEndObject();
        }

        if (instruction is not null)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "text"u8);
            writer.WriteString("text"u8, instruction);
            if (marks)
            {
                WriteMark(writer);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    public static void WriteMark(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("cache_control"u8);
        writer.WriteString("type"u8, "ephemeral"u8);
        writer.WriteEndObject();
    }

    private static JsonElement Text(JsonElement text) => text.ValueKind == JsonValueKind.Object ? text.GetProperty("text"u8) : text;
}
