using System.Text.Json.Serialization;
using AiSaas.Core.Documents;

namespace AiSaas.Core.Chat;

/// <summary>The payload of a <c>chat</c> job: which answer to write. The question itself is a row.</summary>
/// <param name="Collections">What to search; empty means every collection of the workspace.</param>
/// <param name="Model">A logical model name; null for the default.</param>
public sealed record AnswerJob(
    RunId Run, ConversationId Conversation, MessageId Question, MessageId Answer, IReadOnlyList<CollectionId> Collections, string? Model);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AnswerJob))]
public sealed partial class AnswerJobJson : JsonSerializerContext;
