using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>The content of a message or of a function's output: text, or parts.</summary>
internal static class ChatContent
{
    /// <summary>Writes the member <c>content</c>.</summary>
    /// <param name="writer">Stands inside the message.</param>
    /// <param name="content">A string or a list of parts.</param>
    /// <param name="path">Where it is in the request.</param>
    public static void Write(Utf8JsonWriter writer, JsonElement content, string path)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.String:
                writer.Copy("content"u8, content);
                break;
            case JsonValueKind.Array when content.GetArrayLength() == 1 && IsText(content[0]) && content[0].TryGet("text"u8, out var text):
                // A single text is what every server understands.
                writer.Copy("content"u8, text);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray("content"u8);
                int index = 0;
                foreach (var part in content.EnumerateArray())
                {
                    WritePart(writer, part, $"{path}[{index++}]");
                }

                writer.WriteEndArray();
                break;
            default:
                throw new WireException("Content is a string or a list of parts.", path);
        }
    }

    private static bool IsText(JsonElement part) => part.Text("type"u8) is "input_text" or "output_text" or "text";

    private static void WritePart(Utf8JsonWriter writer, JsonElement part, string path)
    {
        writer.WriteStartObject();
        switch (part.Text("type"u8))
        {
            case "input_text" or "output_text" or "text":
                writer.WriteString("type"u8, "text"u8);
                writer.Copy("text"u8, Required(part, "text"u8, path, "The text is missing."));
                break;
            case "refusal":
                writer.WriteString("type"u8, "refusal"u8);
                writer.Copy("refusal"u8, Required(part, "refusal"u8, path, "The refusal is missing."));
                break;
            case "input_image":
                writer.WriteString("type"u8, "image_url"u8);
                writer.WriteStartObject("image_url"u8);
                writer.Copy("url"u8, Required(part, "image_url"u8, path, "Pass images by URL or as data: files uploaded to OpenAI are out of reach here."));
                writer.CopyMember("detail"u8, part, "detail"u8);
                writer.WriteEndObject();
                break;
            case "input_file":
                writer.WriteString("type"u8, "file"u8);
                writer.WriteStartObject("file"u8);
                writer.Copy("file_data"u8, Required(part, "file_data"u8, path, "Pass files as data: URLs and uploaded files are out of reach here."));
                writer.CopyMember("filename"u8, part, "filename"u8);
                writer.WriteEndObject();
                break;
            case "input_audio":
                writer.WriteString("type"u8, "input_audio"u8);
                writer.Copy("input_audio"u8, Required(part, "input_audio"u8, path, "The audio is missing."));
                break;
            case var other:
                throw new WireException($"Content of type '{other}' can't be passed to this model.", path + ".type");
        }

        writer.WriteEndObject();
    }

    private static JsonElement Required(JsonElement part, ReadOnlySpan<byte> name, string path, string why) =>
        part.TryGet(name, out var value) ? value : throw new WireException(why, $"{path}.{System.Text.Encoding.UTF8.GetString(name)}");
}
