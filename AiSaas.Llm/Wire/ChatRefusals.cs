using System.Text.Json;

namespace AiSaas.Llm.Wire;

/// <summary>What a chat request may ask for that only OpenAI's own models do. Leaving it out silently would be a wrong answer.</summary>
internal static class ChatRefusals
{
    public static void Check(JsonElement chat)
    {
        if (chat.Member("n"u8) is { } n && !(n.ValueKind == JsonValueKind.Number && n.TryGetInt64(out long count) && count == 1))
        {
            throw new WireException("This model gives one answer a call: 'n' must be 1.", "n");
        }

        if (chat.Flag("logprobs"u8) || (chat.Member("top_logprobs"u8) is { ValueKind: JsonValueKind.Number } top && top.GetDouble() > 0))
        {
            throw new WireException("This model gives no log probabilities.", chat.Flag("logprobs"u8) ? "logprobs" : "top_logprobs");
        }

        if (chat.Member("audio"u8) is not null || Modalities(chat).Any(name => name != "text"))
        {
            throw new WireException("This model answers in text only.", chat.Member("audio"u8) is not null ? "audio" : "modalities");
        }

        foreach (string name in (ReadOnlySpan<string>)["functions", "function_call", "web_search_options"])
        {
            if (chat.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                throw new WireException(
                    $"'{name}' is not supported for this model{(name == "web_search_options" ? "." : ": use 'tools' and 'tool_choice'.")}", name);
            }
        }
    }

    private static IEnumerable<string> Modalities(JsonElement chat) =>
        chat.Member("modalities"u8) is { ValueKind: JsonValueKind.Array } modalities
            ? modalities.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.String ? one.Decoded() : "")
            : [];
}
