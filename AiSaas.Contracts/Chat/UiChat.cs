using System.Text.Json;

namespace AiSaas.Contracts.Chat;

/// <summary>What the AI SDK's chat transport sends to <c>/api/chat</c>; <c>model</c> and <c>collectionIds</c> may be in its extra body.</summary>
/// <param name="Id">The client's own name of the chat, or the id of a conversation.</param>
/// <param name="Messages">As the client shows them, up to the one that is asked.</param>
/// <param name="Trigger">submit-message or regenerate-message.</param>
/// <param name="MessageId">What is edited or regenerated; the messages say it as well.</param>
/// <param name="Model">A logical model name; null for the default.</param>
/// <param name="CollectionIds">What to search; null for what the conversation searches.</param>
public sealed record UiChatRequest(
    string? Id, IReadOnlyList<UiMessage>? Messages, string? Trigger = null, string? MessageId = null, string? Model = null,
    IReadOnlyList<Guid>? CollectionIds = null);

/// <param name="Role">user, assistant or system.</param>
public sealed record UiMessage(string? Id, string? Role, IReadOnlyList<UiPart>? Parts);

/// <param name="Type">text, file, data-…, and so on.</param>
/// <param name="Text">Of a text part.</param>
public sealed record UiPart(string? Type, JsonElement? Text = null);
