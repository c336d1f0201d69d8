using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>One part of a chat message's content → a content block.</summary>
internal static class ContentPart
{
    private const string DataScheme = "data:";

    /// <summary>The text of a text part (or of a refusal that the assistant gave); null for other kinds.</summary>
    public static JsonElement? TextOf(JsonElement part) => part.Text("type"u8) switch
    {
        "text" => part.Member("text"u8) is { ValueKind: JsonValueKind.String } text ? text : null,
        "refusal" => part.Member("refusal"u8) is { ValueKind: JsonValueKind.String } refusal ? refusal : null,
        _ => null,
    };

    public static void Write(Utf8JsonWriter writer, JsonElement part, string where)
    {
        writer.WriteStartObject();
        switch (part.Text("type"u8))
        {
            case "text" or "refusal" when TextOf(part) is { } text:
                writer.WriteString("type"u8, "text"u8);
                writer.Copy("text"u8, text);
                break;
            case "image_url":
                string image = part.Member("image_url"u8) is { ValueKind: JsonValueKind.String } plain
                    ? plain.Decoded()
                    : part.Member("image_url"u8)?.Text("url"u8) ?? throw new WireException("'image_url.url' is missing.", where);
                writer.WriteString("type"u8, "image"u8);
                WriteSource(writer, image, where);
                break;
            case "file" when part.Member("file"u8)?.Text("file_data"u8) is { } data:
                writer.WriteString("type"u8, "document"u8);
                WriteSource(writer, data, where);
                if (part.GetProperty("file"u8).Member("filename"u8) is { ValueKind: JsonValueKind.String } name)
                {
                    writer.Copy("title"u8, name);
                }

                break;
            case var type:
                throw new WireException($"This model takes no content of type '{type}' here.", where);
        }

        if (part.Member("cache_control"u8) is { } mark)
        {
            writer.Copy("cache_control"u8, mark);
        }

        writer.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter writer, string url, string where)
    {
        writer.WriteStartObject("source"u8);
        if (url.StartsWith(DataScheme, StringComparison.OrdinalIgnoreCase))
        {
            // data:image/png;charset=x;base64,AAAA
            int comma = url.IndexOf(',', StringComparison.Ordinal);
            string[] head = comma < 0 ? [] : url[DataScheme.Length..comma].Split(';');
            if (head.Length < 2 || head[0].Length == 0 || !head[^1].Equals("base64", StringComparison.OrdinalIgnoreCase))
            {
                throw new WireException("A data URL must name its media type and be base64.", where);
            }

            writer.WriteString("type"u8, "base64"u8);
            writer.WriteString("media_type"u8, head[0].ToLowerInvariant());
            writer.WriteString("data"u8, url.AsSpan(comma + 1));
        }
        else if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            writer.WriteString("type"u8, "url"u8);
            writer.WriteString("url"u8, url);
        }
        else
        {
            throw new WireException("A URL must begin with data:, http:// or https://.", where);
        }

        writer.WriteEndObject();
    }
}
