using System.Text;
using System.Text.Json;
using AiSaas.Llm.Grounding;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Wire.Local;

/// <summary>A chat completions request for a model in this process.</summary>
/// <remarks>
/// Passages reach the extractive model in either of two ways: in the last user message's text, as <see cref="GroundedPrompt"/> writes
/// them, or as text files among its parts (<c>{"type":"file","file":{"filename","file_data":"data:text/plain;base64,…"}}</c>), each a
/// passage. Without any it says that it has no answer. Tools are not called; what must not be ignored is refused by name.
/// </remarks>
/// <param name="Messages">The conversation.</param>
/// <param name="Options">Bounds and sampling.</param>
/// <param name="IsStreamed">Whether the answer streams.</param>
/// <param name="IncludesUsage">Whether the client asked for the chunk with the usage.</param>
public sealed record LocalChatRequest(IReadOnlyList<ChatMessage> Messages, ChatOptions Options, bool IsStreamed, bool IncludesUsage)
{
    /// <exception cref="WireException">The request is malformed or asks for what such a model cannot do.</exception>
    public static LocalChatRequest Read(ReadOnlyMemory<byte> request)
    {
        using var document = WireJson.ParseObject(request, "The request");
        var chat = document.RootElement;
        ChatRefusals.Check(chat);
        if (chat.Member("response_format"u8)?.Text("type"u8) is { } format and not "text")
        {
            throw new WireException($"This model does not answer in the format '{format}'.", "response_format");
        }

        if (chat.Member("tool_choice"u8) is { } choice && !(choice.ValueKind == JsonValueKind.String && choice.Decoded() is "auto" or "none"))
        {
            throw new WireException("This model calls no tools.", "tool_choice");
        }

        if (chat.Member("messages"u8) is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0)
        {
            throw new WireException("'messages' must be an array that is not empty.", "messages");
        }

        List<ChatMessage> read = [.. messages.EnumerateArray().Select((message, index) => Message(message, $"messages[{index}]"))];
        return new(read, ReadOptions(chat), chat.Flag("stream"u8), chat.Member("stream_options"u8)?.Flag("include_usage"u8) is true);
    }

    private static ChatOptions ReadOptions(JsonElement chat) => new()
    {
        MaxOutputTokens = (chat.Member("max_completion_tokens"u8) ?? chat.Member("max_tokens"u8)) is { ValueKind: JsonValueKind.Number } bound
            && bound.TryGetInt32(out int tokens) ? tokens : null,
        Temperature = Real(chat.Member("temperature"u8)),
        TopP = Real(chat.Member("top_p"u8)),
        StopSequences = chat.Member("stop"u8) switch
        {
            { ValueKind: JsonValueKind.String } one => [one.Decoded()],
            { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.Decoded())],
            _ => null,
        },
    };

    private static float? Real(JsonElement? value) => value is { ValueKind: JsonValueKind.Number } number ? number.GetSingle() : null;

    private static ChatMessage Message(JsonElement message, string where)
    {
        ChatRole role = message.Text("role"u8) switch
        {
            "system" or "developer" => ChatRole.System,
            "user" => ChatRole.User,
            "assistant" => ChatRole.Assistant,
            "tool" => ChatRole.Tool,
            var other => throw new WireException($"'{other}' is no role of this API.", where + ".role"),
        };
        switch (message.Member("content"u8))
        {
            case null:
                return new(role, "");
            case { ValueKind: JsonValueKind.String } text:
                return new(role, text.Decoded());
            case { ValueKind: JsonValueKind.Array } parts:
                StringBuilder said = new();
                List<GroundedPassage> passages = [];
                int index = 0;
                foreach (var part in parts.EnumerateArray())
                {
                    Read(part, said, passages, $"{where}.content[{index++}]");
                }

                return passages.Count > 0 && role == ChatRole.User
                    ? GroundedPrompt.UserMessage(said.ToString(), passages)
                    : new(role, said.ToString());
            default:
                throw new WireException("'content' must be text or an array of parts.", where + ".content");
        }
    }

    private static void Read(JsonElement part, StringBuilder said, List<GroundedPassage> passages, string where)
    {
        switch (part.Text("type"u8))
        {
            case "text":
                said.Append(said.Length > 0 ? "\n" : "").Append(part.Text("text"u8));
                break;
            case "refusal":
                said.Append(part.Text("refusal"u8));
                break;
            case "file" when part.Member("file"u8) is { } file:
                passages.Add(new(file.Text("filename"u8) ?? "document", null, TextOf(file.Text("file_data"u8) ?? "", where)));
                break;
            case var type:
                throw new WireException($"This model reads text only, not '{type}'.", where);
        }
    }

    private static string TextOf(string url, string where)
    {
        int comma = url.IndexOf(',', StringComparison.Ordinal);
        if (!url.StartsWith("data:text/", StringComparison.OrdinalIgnoreCase) || comma < 0
            || !url.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
        {
            throw new WireException("This model reads files of text only, as data:text/…;base64,….", where);
        }

        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(url[(comma + 1)..]));
        }
        catch (FormatException)
        {
            throw new WireException("The file is not valid base64.", where);
        }
    }
}
