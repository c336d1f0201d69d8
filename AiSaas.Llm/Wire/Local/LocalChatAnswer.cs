using System.Buffers;
using System.Text.Json;
using AiSaas.Llm.Local.Extractive;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Wire.Local;

/// <summary>A model's answer in this process → a chat completion.</summary>
public static class LocalChatAnswer
{
    /// <param name="response">The whole answer.</param>
    /// <param name="model">The name to answer under.</param>
    /// <param name="now">Dates it where the model does not.</param>
    /// <param name="output">Takes the body.</param>
    public static void Write(ChatResponse response, string model, DateTimeOffset now, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(response);
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        writer.WriteStartObject();
        writer.WriteString("id"u8, "chatcmpl-" + response.ResponseId);
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, (response.CreatedAt ?? now).ToUnixTimeSeconds());
        writer.WriteString("model"u8, model);
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("content"u8, response.Text);
        writer.WriteNull("refusal"u8);
        writer.WriteEndObject();
        writer.WriteNull("logprobs"u8);
        writer.WriteString("finish_reason"u8, Finish(response.FinishReason));
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (UsageOf(response.Usage) is { } usage)
        {
            writer.WritePropertyName("usage"u8);
            ChatUsage.Write(writer, usage);
        }

        writer.WriteEndObject();
    }

    /// <summary>Tokens as the gateway counts them; null where the model gives none.</summary>
    public static TokenUsage? UsageOf(UsageDetails? usage) => usage is null ? null : new(
        usage.InputTokenCount ?? 0,
        usage.OutputTokenCount ?? 0,
        usage.CachedInputTokenCount ?? 0,
        Reasoning: usage.ReasoningTokenCount ?? 0,
        IsEstimated: usage.AdditionalCounts?.ContainsKey(ExtractiveChatClient.EstimatedKey) is true);

    // As OpenAI's words are: stop, length, content_filter, tool_calls.
    internal static string Finish(ChatFinishReason? reason) => (reason ?? ChatFinishReason.Stop).Value;
}
