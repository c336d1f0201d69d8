using System.Text.Json;
using OpenAI.Chat;

namespace Microsoft.Extensions.AI;

/// <summary>Turns <see cref="ChatOptions"/> into OpenAI's.</summary>
internal static class OpenAIOptions
{
    public static ChatCompletionOptions Convert(ChatOptions? options)
    {
        if (options is null)
        {
            return new();
        }

        // What the caller built himself goes first; only what he left open is filled.
        var target = options.RawRepresentationFactory?.Invoke(null!) as ChatCompletionOptions ?? new();
        target.FrequencyPenalty ??= options.FrequencyPenalty;
        target.PresencePenalty ??= options.PresencePenalty;
        target.Temperature ??= options.Temperature;
        target.TopP ??= options.TopP;
        target.Seed ??= options.Seed;
        target.MaxOutputTokenCount ??= options.MaxOutputTokens;
        target.ReasoningEffortLevel ??= Effort(options.Reasoning?.Effort);
        target.ResponseFormat ??= Format(options.ResponseFormat);
        foreach (string sequence in options.StopSequences ?? [])
        {
            target.StopSequences.Add(sequence);
        }

        if (options.ModelId is { } model)
        {
            target.Patch.Set("$.model"u8, model);
        }

        AddTools(options, target);
        return target;
    }

    private static void AddTools(ChatOptions options, ChatCompletionOptions target)
    {
        foreach (var tool in (options.Tools ?? []).OfType<AIFunctionDeclaration>())
        {
            target.Tools.Add(ChatTool.CreateFunctionTool(
                tool.Name, tool.Description, BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(tool.JsonSchema)), Strict(tool.AdditionalProperties)));
        }

        // The API refuses both settings when there are no tools.
        if (target.Tools.Count == 0)
        {
            return;
        }

        target.AllowParallelToolCalls ??= options.AllowMultipleToolCalls;
        target.ToolChoice ??= options.ToolMode switch
        {
            NoneChatToolMode => ChatToolChoice.CreateNoneChoice(),
            AutoChatToolMode => ChatToolChoice.CreateAutoChoice(),
            RequiredChatToolMode { RequiredFunctionName: { } name } => ChatToolChoice.CreateFunctionChoice(name),
            RequiredChatToolMode => ChatToolChoice.CreateRequiredChoice(),
            _ => null,
        };
    }

    private static OpenAI.Chat.ChatResponseFormat? Format(ChatResponseFormat? format) => format switch
    {
        ChatResponseFormatText => OpenAI.Chat.ChatResponseFormat.CreateTextFormat(),
        ChatResponseFormatJson { Schema: { } schema } json => OpenAI.Chat.ChatResponseFormat.CreateJsonSchemaFormat(
            json.SchemaName ?? "json_schema", BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(schema)), json.SchemaDescription),
        ChatResponseFormatJson => OpenAI.Chat.ChatResponseFormat.CreateJsonObjectFormat(),
        _ => null,
    };

    private static ChatReasoningEffortLevel? Effort(ReasoningEffort? effort) => effort switch
    {
        ReasoningEffort.None => ChatReasoningEffortLevel.None,
        ReasoningEffort.Low => ChatReasoningEffortLevel.Low,
        ReasoningEffort.Medium => ChatReasoningEffortLevel.Medium,
        ReasoningEffort.High => ChatReasoningEffortLevel.High,
        ReasoningEffort.ExtraHigh => new ChatReasoningEffortLevel("xhigh"),

        // A bare null would become a level by the type's conversion from string.
        _ => default(ChatReasoningEffortLevel?),
    };

    private static bool? Strict(IReadOnlyDictionary<string, object?> properties) =>
        properties.TryGetValue("strictJsonSchema", out object? strict) && strict is bool value ? value : null;
}
