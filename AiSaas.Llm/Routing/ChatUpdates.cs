using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

internal static class ChatUpdates
{
    /// <summary>Whether an update shows the caller something: many streams open with one that names only the role.</summary>
    public static bool HasContent(this ChatResponseUpdate update) => update.Contents.Any(content => content switch
    {
        TextContent text => text.Text.Length > 0,
        TextReasoningContent reasoning => !string.IsNullOrEmpty(reasoning.Text),
        UsageContent => false,
        _ => true,
    });
}
