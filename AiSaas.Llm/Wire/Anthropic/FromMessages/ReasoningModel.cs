using System.Text.RegularExpressions;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>What a chat model's name tells of how it reasons.</summary>
internal static partial class ReasoningModel
{
    /// <summary>Takes <c>reasoning_effort</c>.</summary>
    public static bool TakesEffort(string model) => TakesEffortName().IsMatch(model) && !IsPlainChat(model);

    /// <summary>Refuses <c>temperature</c> and <c>top_p</c>.</summary>
    public static bool RefusesSampling(string model) => OpenAIName().IsMatch(model) && !IsPlainChat(model);

    private static bool IsPlainChat(string model) => model.Contains("-chat", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"(^|/)(o\d|gpt-[5-9]|gpt-oss|gemini-(2\.5|[3-9]))", RegexOptions.IgnoreCase)]
    private static partial Regex TakesEffortName();

    [GeneratedRegex(@"(^|/)(o\d|gpt-[5-9])", RegexOptions.IgnoreCase)]
    private static partial Regex OpenAIName();
}
