using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic;

/// <summary>Tokens as Anthropic writes them: what was cached stands apart from the input.</summary>
internal static class MessagesUsage
{
    public static void Write(Utf8JsonWriter writer, in TokenUsage usage)
    {
        writer.WriteStartObject();
        writer.WriteNumber("input_tokens"u8, Math.Max(0, usage.Input - usage.CachedInput - usage.CacheWrite));
        writer.WriteNumber("cache_creation_input_tokens"u8, usage.CacheWrite);
        writer.WriteNumber("cache_read_input_tokens"u8, usage.CachedInput);
        writer.WriteNumber("output_tokens"u8, usage.Output);
        writer.WriteEndObject();
    }
}
