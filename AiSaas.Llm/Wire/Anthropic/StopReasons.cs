namespace AiSaas.Llm.Wire.Anthropic;

/// <summary>Why an answer ended, in both APIs' words.</summary>
internal static class StopReasons
{
    /// <summary>Anthropic's <c>stop_reason</c> → OpenAI's <c>finish_reason</c>.</summary>
    public static ReadOnlySpan<byte> ToChat(ReadOnlySpan<byte> stopReason) =>
        stopReason.SequenceEqual("max_tokens"u8) || stopReason.SequenceEqual("model_context_window_exceeded"u8) ? "length"u8
        : stopReason.SequenceEqual("tool_use"u8) ? "tool_calls"u8
        : stopReason.SequenceEqual("refusal"u8) ? "content_filter"u8
        : "stop"u8;

    /// <summary>OpenAI's <c>finish_reason</c> → Anthropic's <c>stop_reason</c>.</summary>
    public static ReadOnlySpan<byte> ToMessages(ReadOnlySpan<byte> finishReason) =>
        finishReason.SequenceEqual("length"u8) ? "max_tokens"u8
        : finishReason.SequenceEqual("tool_calls"u8) || finishReason.SequenceEqual("function_call"u8) ? "tool_use"u8
        : finishReason.SequenceEqual("content_filter"u8) ? "refusal"u8
        : "end_turn"u8;

    /// <summary>Puts right what servers leave vague: a call of a tool, a refusal or a matched stop that is reported as an ordinary end.</summary>
    public static ReadOnlySpan<byte> ToMessages(ReadOnlySpan<byte> stopReason, bool calls, bool refuses, bool matchedStop) =>
        !stopReason.SequenceEqual("end_turn"u8) ? stopReason
        : calls ? "tool_use"u8
        : refuses ? "refusal"u8
        : matchedStop ? "stop_sequence"u8
        : stopReason;
}
