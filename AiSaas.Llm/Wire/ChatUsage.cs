using System.Text.Json;

namespace AiSaas.Llm.Wire;

/// <summary>Tokens as chat completions write them.</summary>
internal static class ChatUsage
{
    /// <param name="writer">After a member's name.</param>
    /// <param name="usage">What was counted.</param>
    public static void Write(Utf8JsonWriter writer, in TokenUsage usage)
    {
        writer.WriteStartObject();
        writer.WriteNumber("prompt_tokens"u8, usage.Input);
        writer.WriteNumber("completion_tokens"u8, usage.Output);
        writer.WriteNumber("total_tokens"u8, usage.Total);
        writer.WriteStartObject("prompt_tokens_details"u8);
        writer.WriteNumber("cached_tokens"u8, usage.CachedInput);
        if (usage.CacheWrite > 0)
        {
            // OpenAI has no such member; other gateways call it so, and a dialect above this one keeps it.
            writer.WriteNumber("cache_write_tokens"u8, usage.CacheWrite);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("completion_tokens_details"u8);
        writer.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
