using System.Buffers;
using System.Text.Json;
using AiSaas.Llm.Wire.Errors;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>A whole chat completion → a message.</summary>
internal static class MessageWriter
{
    public static void Write(JsonElement completion, ReadOnlySpan<byte> request, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        if (WireErrors.TryReadError(WireApi.ChatCompletions, raw, out var error))
        {
            throw new WireException(error.Message);
        }

        if (completion.Member("choices"u8) is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0
            || choices[0].Member("message"u8) is not { } message)
        {
            throw new WireException("The provider's answer has no message.");
        }

        var choice = choices[0];
        bool isCut = choice.Text("finish_reason"u8) == "length";
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        writer.WriteStartObject();
        writer.WriteString("id"u8, MessageIds.Of(completion.Text("id"u8) ?? ""));
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("model"u8, completion.Text("model"u8) ?? "");
        writer.WriteStartArray("content"u8);
        if ((message.Member("reasoning_content"u8) ?? message.Member("reasoning"u8)) is { ValueKind: JsonValueKind.String } thoughts && !thoughts.RawText().IsEmpty)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "thinking"u8);
            writer.Copy("thinking"u8, thoughts);
            writer.WriteString("signature"u8, ""u8);
            writer.WriteEndObject();
        }

        WriteText(writer, message.Member("content"u8));
        WriteText(writer, message.Member("refusal"u8));
        bool calls = WriteCalls(writer, message, isCut);
        writer.WriteEndArray();
        bool refuses = message.Member("refusal"u8) is { ValueKind: JsonValueKind.String };
        var reason = choice.Member("finish_reason"u8) is { ValueKind: JsonValueKind.String } finish ? StopReasons.ToMessages(finish.RawText()) : "end_turn"u8;
        // vLLM and others tell which stop it was; OpenAI does not.
        var stop = choice.Member("stop_reason"u8) is { ValueKind: JsonValueKind.String } text ? text : default(JsonElement?);
        writer.WriteString("stop_reason"u8, StopReasons.ToMessages(reason, calls, refuses, stop is not null));
        if (stop is { } sequence)
        {
            writer.Copy("stop_sequence"u8, sequence);
        }
        else
        {
            writer.WriteNull("stop_sequence"u8);
        }

        writer.WritePropertyName("usage"u8);
        MessagesUsage.Write(writer, UsageReader.TryRead(WireApi.ChatCompletions, raw, out var usage)
            ? usage
            : new(TokenCount.Estimate(request), TokenCount.Estimate(message.Raw()), IsEstimated: true));
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, JsonElement? content)
    {
        if (content is { ValueKind: JsonValueKind.String } text && !text.RawText().IsEmpty)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "text"u8);
            writer.Copy("text"u8, text);
            writer.WriteEndObject();
        }
        else if (content is { ValueKind: JsonValueKind.Array } parts)
        {
            foreach (var part in parts.EnumerateArray())
            {
                WriteText(writer, part.Member("text"u8));
            }
        }
    }

    /// <returns>Whether there is any call.</returns>
    private static bool WriteCalls(Utf8JsonWriter writer, JsonElement message, bool isCut)
    {
        if (message.Member("tool_calls"u8) is not { ValueKind: JsonValueKind.Array } calls)
        {
            return false;
        }

        bool any = false;
        foreach (var call in calls.EnumerateArray())
        {
            string arguments = call.Member("function"u8)?.Text("arguments"u8) ?? "";
            ArrayBufferWriter<byte> input = new();
            try
            {
                using Utf8JsonWriter inner = new(input, WireJson.Writing);
                ToolArguments.WriteObject(inner, arguments, "tool_calls");
            }
            catch (WireException) when (isCut)
            {
                // Cut at the bound of tokens: what is half said must not be run.
                continue;
            }

            any = true;
            writer.WriteStartObject();
            writer.WriteString("type"u8, "tool_use"u8);
            writer.WriteString("id"u8, call.Text("id"u8) ?? "");
            writer.WriteString("name"u8, call.Member("function"u8)?.Text("name"u8) ?? "");
            writer.WritePropertyName("input"u8);
            writer.WriteRawValue(input.WrittenSpan, skipInputValidation: true);
            // Anthropic's typed clients insist on it.
            writer.WriteStartObject("caller"u8);
            writer.WriteString("type"u8, "direct"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return any;
    }
}
