using System.Text.Json;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>Reads a whole chat completion.</summary>
internal static class ChatAnswer
{
    /// <exception cref="WireException"/>
    public static void Read(JsonElement answer, ResponseDraft draft)
    {
        if (answer.TryGet("error"u8, out var error))
        {
            throw new WireException(error.Text("message"u8) ?? "The model's server reports an error.");
        }

        if (!answer.TryGet("choices"u8, out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0
            || !choices[0].TryGet("message"u8, out var message))
        {
            throw new WireException("The model's server answered without a message.");
        }

        draft.Introduce(answer.Number("created"u8), answer.Text("model"u8));
        draft.FinishReason = choices[0].Text("finish_reason"u8);
        draft.Usage = UsageReader.TryRead(WireApi.ChatCompletions, answer.Raw(), out var usage) ? usage : null;
        ReadReasoning(message, draft);
        ReadMessage(message, choices[0], draft);
        ReadCalls(message, draft);
    }

    private static void ReadReasoning(JsonElement message, ResponseDraft draft)
    {
        // Two names are in use: DeepSeek's and OpenRouter's.
        if ((message.TryGet("reasoning_content"u8, out var thought) || message.TryGet("reasoning"u8, out thought))
            && thought.ValueKind == JsonValueKind.String && !thought.RawText().IsEmpty)
        {
            draft.Add(new ReasoningItem(draft.Items.Count)).Thought.Text.Append(thought.RawText());
        }
    }

    private static void ReadMessage(JsonElement message, JsonElement choice, ResponseDraft draft)
    {
        ContentPart text = new(PartKind.Text);
        if (message.TryGet("content"u8, out var content))
        {
            ReadText(content, text);
        }

        bool refused = message.TryGet("refusal"u8, out var refusal) && refusal.ValueKind == JsonValueKind.String;
        bool calls = message.TryGet("tool_calls"u8, out var called) && called.ValueKind == JsonValueKind.Array && called.GetArrayLength() > 0;
        if (text.Text.IsEmpty && (refused || calls || content.ValueKind != JsonValueKind.String))
        {
            if (!refused)
            {
                return;
            }
        }

        MessageItem item = draft.Add(new MessageItem(draft.Items.Count));
        if (!text.Text.IsEmpty || !refused)
        {
            item.Parts.Add(text);
            if (choice.TryGet("logprobs"u8, out var logprobs) && logprobs.TryGet("content"u8, out var tokens))
            {
                text.AddLogprobs(tokens.Raw());
            }

            if (message.TryGet("annotations"u8, out var annotations) && annotations.ValueKind == JsonValueKind.Array)
            {
                foreach (var annotation in annotations.EnumerateArray())
                {
                    text.AddAnnotation(annotation);
                }
            }
        }

        if (refused)
        {
            ContentPart part = new(PartKind.Refusal);
            part.Text.Append(refusal.RawText());
            item.Parts.Add(part);
        }
    }

    // Some servers answer in parts even here.
    private static void ReadText(JsonElement content, ContentPart text)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            text.Text.Append(content.RawText());
        }
        else if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in content.EnumerateArray())
            {
                if (part.TryGet("text"u8, out var piece) && piece.ValueKind == JsonValueKind.String)
                {
                    text.Text.Append(piece.RawText());
                }
            }
        }
    }

    private static void ReadCalls(JsonElement message, ResponseDraft draft)
    {
        if (!message.TryGet("tool_calls"u8, out var calls) || calls.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var call in calls.EnumerateArray())
        {
            if (!call.TryGet("function"u8, out var function))
            {
                throw new WireException("The model called something that is no function.");
            }

            CallItem item = draft.Add(new CallItem(draft.Items.Count, call.Text("id"u8)) { Name = function.Text("name"u8) ?? "" });
            if (function.TryGet("arguments"u8, out var arguments))
            {
                item.Arguments.Append(Arguments(arguments));
            }
        }
    }

    /// <summary>The arguments as what stands between a string's quotes, also from servers that give the object itself.</summary>
    public static ReadOnlySpan<byte> Arguments(JsonElement arguments) => arguments.ValueKind == JsonValueKind.String
        ? arguments.RawText()
        : JsonEncodedText.Encode(
            arguments.Raw(), WireJson.Writing.Encoder).EncodedUtf8Bytes;
}
