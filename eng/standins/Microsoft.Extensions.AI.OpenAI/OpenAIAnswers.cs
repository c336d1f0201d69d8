using System.Text.Json;
using OpenAI.Chat;

namespace Microsoft.Extensions.AI;

/// <summary>Turns OpenAI's answers into ours.</summary>
internal static class OpenAIAnswers
{
    public static ChatResponse Convert(ChatCompletion answer)
    {
        ChatMessage message = new()
        {
            Role = Role(answer.Role),
            MessageId = answer.Id,
            CreatedAt = answer.CreatedAt,
            RawRepresentation = answer,
            Contents = [.. answer.Content.Select(Content).OfType<AIContent>()],
        };
        if (answer.Refusal is { } refusal)
        {
            message.Contents.Add(new ErrorContent(refusal) { ErrorCode = nameof(answer.Refusal) });
        }

        foreach (var call in answer.ToolCalls)
        {
            message.Contents.Add(Call(call.Id, call.FunctionName, call.FunctionArguments.ToString(), call));
        }

        return new(message)
        {
            ResponseId = answer.Id,
            CreatedAt = answer.CreatedAt,
            ModelId = answer.Model,
            FinishReason = Reason(answer.FinishReason),
            Usage = answer.Usage is { } usage ? Usage(usage) : null,
            RawRepresentation = answer,
        };
    }

    public static AIContent? Content(ChatMessageContentPart part) => part.Kind switch
    {
        ChatMessageContentPartKind.Text => new TextContent(part.Text) { RawRepresentation = part },
        ChatMessageContentPartKind.Refusal => new ErrorContent(part.Refusal) { ErrorCode = nameof(part.Refusal), RawRepresentation = part },
        ChatMessageContentPartKind.Image when part.ImageUri is { } uri => new UriContent(uri, "image/*") { RawRepresentation = part },
        ChatMessageContentPartKind.Image => new DataContent(part.ImageBytes.ToMemory(), part.ImageBytesMediaType) { RawRepresentation = part },
        _ => null,
    };

    // A model may write arguments that are no JSON: the content then carries the exception instead of them.
    public static FunctionCallContent Call(string id, string name, string arguments, object? raw)
    {
        var call = FunctionCallContent.CreateFromParsedArguments(
            arguments, id, name, static json => json.Length == 0 ? null : JsonSerializer.Deserialize<IDictionary<string, object?>>(json, AIJsonUtilities.DefaultOptions));
        call.RawRepresentation = raw;
        return call;
    }

    public static UsageDetails Usage(ChatTokenUsage usage)
    {
        UsageDetails details = new()
        {
            InputTokenCount = usage.InputTokenCount,
            OutputTokenCount = usage.OutputTokenCount,
            TotalTokenCount = usage.TotalTokenCount,
            CachedInputTokenCount = usage.InputTokenDetails?.CachedTokenCount,
            ReasoningTokenCount = usage.OutputTokenDetails?.ReasoningTokenCount,
        };
        AdditionalPropertiesDictionary<long> more = [];
        if (usage.InputTokenDetails is { } input)
        {
            more["InputTokenDetails.AudioTokenCount"] = input.AudioTokenCount;
        }

        if (usage.OutputTokenDetails is { } output)
        {
            more["OutputTokenDetails.AudioTokenCount"] = output.AudioTokenCount;
            more["OutputTokenDetails.AcceptedPredictionTokenCount"] = output.AcceptedPredictionTokenCount;
            more["OutputTokenDetails.RejectedPredictionTokenCount"] = output.RejectedPredictionTokenCount;
        }

        details.AdditionalCounts = more.Count > 0 ? more : null;
        return details;
    }

    public static ChatRole Role(ChatMessageRole role) => role switch
    {
        ChatMessageRole.System => ChatRole.System,
        ChatMessageRole.User => ChatRole.User,
        ChatMessageRole.Tool => ChatRole.Tool,
        ChatMessageRole.Developer => new ChatRole("developer"),
        _ => ChatRole.Assistant,
    };

    public static ChatFinishReason Reason(OpenAI.Chat.ChatFinishReason reason) => reason switch
    {
        OpenAI.Chat.ChatFinishReason.Stop => ChatFinishReason.Stop,
        OpenAI.Chat.ChatFinishReason.Length => ChatFinishReason.Length,
        OpenAI.Chat.ChatFinishReason.ContentFilter => ChatFinishReason.ContentFilter,
        OpenAI.Chat.ChatFinishReason.ToolCalls or OpenAI.Chat.ChatFinishReason.FunctionCall => ChatFinishReason.ToolCalls,
        _ => new ChatFinishReason(reason.ToString()),
    };
}
