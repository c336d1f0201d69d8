using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>One content block of a user's turn → a part of a chat message.</summary>
internal static class ChatPart
{
    /// <summary>What a block says in words: text, a text document, a search result; null for others.</summary>
    public static string? TextOf(JsonElement block) => block.Text("type"u8) switch
    {
        "text" => block.Text("text"u8),
        "document" when block.Member("source"u8) is { } source && source.Text("type"u8) == "text" => Titled(block, source.Text("data"u8)),
        "document" when block.Member("source"u8) is { } source && source.Text("type"u8) == "content" => Titled(block, Joined(source.Member("content"u8))),
        "search_result" => Titled(block, Joined(block.Member("content"u8))),
        _ => null,
    };

    public static void Write(Utf8JsonWriter writer, JsonElement block, string where)
    {
        if (TextOf(block) is { } text)
        {
            if (text.Length > 0)
            {
                writer.WriteStartObject();
                writer.WriteString("type"u8, "text"u8);
                writer.WriteString("text"u8, text);
                writer.WriteEndObject();
            }

            return;
        }

        string? type = block.Text("type"u8);
        writer.WriteStartObject();
        switch (type, block.Member("source"u8)?.Text("type"u8))
        {
            case ("image", "base64" or "url"):
                writer.WriteString("type"u8, "image_url"u8);
                writer.WriteStartObject("image_url"u8);
                writer.WriteString("url"u8, Address(block.GetProperty("source"u8), where));
                writer.WriteEndObject();
                break;
            case ("document", "base64"):
                writer.WriteString("type"u8, "file"u8);
                writer.WriteStartObject("file"u8);
                writer.WriteString("filename"u8, block.Text("title"u8) ?? "document.pdf");
                writer.WriteString("file_data"u8, Address(block.GetProperty("source"u8), where));
                writer.WriteEndObject();
                break;
            default:
                throw new WireException($"This model takes no content of type '{type}' in this form.", where);
        }

        writer.WriteEndObject();
    }

    private static string Address(JsonElement source, string where) => source.Text("type"u8) == "url"
        ? source.Text("url"u8) ?? throw new WireException("'source.url' is missing.", where)
        : $"data:{source.Text("media_type"u8) ?? throw new WireException("'source.media_type' is missing.", where)};base64,{source.Text("data"u8)}";

    private static string Titled(JsonElement block, string? text) =>
        block.Text("title"u8) is { Length: > 0 } title ? $"{title}\n{text}" : text ?? "";

    private static string Joined(JsonElement? content) => content switch
    {
        { ValueKind: JsonValueKind.String } text => text.Decoded(),
        { ValueKind: JsonValueKind.Array } blocks => string.Join("\n", blocks.EnumerateArray().Select(block => block.Text("text"u8) ?? "")),
        _ => "",
    };
}
