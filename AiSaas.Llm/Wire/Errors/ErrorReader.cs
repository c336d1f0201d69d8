using System.Text;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Errors;

/// <summary>Finds message, code and type in whatever a provider, or a proxy before it, answers with.</summary>
internal static class ErrorReader
{
    public const int MaxMessage = 2_000;

    public static WireError Read(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader reader = new(body, WireJson.Reading);
        try
        {
            if (WireJson.NamesAreWhole(body) && JsonDocument.TryParseValue(ref reader, out var document))
            {
                using (document)
                {
                    return Read(document.RootElement) is { Message: var message } read ? read with { Message = Short(message) } : Plain(body);
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON: a proxy's own words.
        }

        return Plain(body);
    }

    /// <summary>Whether a JSON object is an error and no answer. A Responses object tells of its failure inside itself and is an answer.</summary>
    public static bool IsError(WireApi api, ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\"error\""u8) < 0)
        {
            return false;
        }

        bool error = false;
        Utf8JsonReader reader = new(json, WireJson.Reading);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isAnswer = reader.Is(AnswerMember(api));
                bool isError = reader.Is("error"u8), isType = reader.Is("type"u8);
                reader.Read();
                if (isAnswer && reader.TokenType == JsonTokenType.StartArray)
                {
                    return false;
                }

                error |= isError && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                error |= isType && reader.TokenType == JsonTokenType.String && reader.Is("error"u8);
                reader.Skip();
            }

            return error;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> AnswerMember(WireApi api) => api switch
    {
        WireApi.ChatCompletions => "choices"u8,
        WireApi.Responses => "output"u8,
        WireApi.Embeddings => "data"u8,
        _ => "content"u8,
    };

    private static WireError? Read(JsonElement root) => root.ValueKind switch
    {
        // Google answers with an array of one.
        JsonValueKind.Array when root.GetArrayLength() > 0 => Read(root[0]),
        JsonValueKind.String => new(root.Decoded(), null, null),
        JsonValueKind.Object => Object(root),
        _ => null,
    };

    private static WireError? Object(JsonElement root)
    {
        if (root.Member("error"u8) is { } error)
        {
            return error.ValueKind switch
            {
                JsonValueKind.Object when Message(error) is { } message =>
                    new(message, Scalar(error, "code"u8), error.Text("type"u8) ?? error.Text("status"u8)),
                JsonValueKind.String => new(error.Decoded(), Scalar(root, "code"u8), root.Text("type"u8)),
                _ => null,
            };
        }

        return Message(root) is { } own ? new(own, Scalar(root, "code"u8), root.Text("type"u8)) : null;
    }

    private static string? Message(JsonElement error) =>
        error.Text("message"u8) ?? error.Text("Message"u8) ?? error.Text("msg"u8)
        ?? (error.Member("detail"u8) is not { } detail ? null
            : detail.ValueKind switch
            {
                JsonValueKind.String => detail.Decoded(),
                // FastAPI lists the faults of a request.
                JsonValueKind.Array when detail.GetArrayLength() > 0 => Message(detail[0]),
                JsonValueKind.Object => Message(detail),
                _ => null,
            });

    private static string? Scalar(JsonElement element, ReadOnlySpan<byte> name) => element.Member(name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.Decoded(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    private static WireError Plain(ReadOnlySpan<byte> body)
    {
        // Four bytes a character at most, so the cut never costs a character that would have been shown.
        string text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxMessage * 4)]).Trim();
        return new(
            text.Length == 0 ? "The provider gave no reason."
            : text[0] == '<' ? "The provider answered with a page of HTML instead of an error of its API."
            : Short(text), null, null);
    }

    private static string Short(string text)
    {
        if (text.Length <= MaxMessage)
        {
            return text;
        }

        int end = char.IsHighSurrogate(text[MaxMessage - 2]) ? MaxMessage - 2 : MaxMessage - 1;
        return text[..end] + "…";
    }
}
