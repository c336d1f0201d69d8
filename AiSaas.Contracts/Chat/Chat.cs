using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;

namespace AiSaas.Contracts.Chat;

public sealed record CreateConversationRequest(string? Title = null, IReadOnlyList<Guid>? CollectionIds = null);

public sealed record UpdateConversationRequest(string? Title = null, bool? Pinned = null, IReadOnlyList<Guid>? CollectionIds = null);

/// <param name="Answering">True while an answer of this conversation is being written.</param>
public sealed record ConversationSummary(
    Guid Id, string Title, bool Pinned, bool Answering, IReadOnlyList<Guid> CollectionIds,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

public sealed record ConversationDetail(
    Guid Id, string Title, bool Pinned, IReadOnlyList<Guid> CollectionIds, IReadOnlyList<Message> Messages,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <param name="Role">user or assistant.</param>
/// <param name="Status">complete for a user's message; queued, streaming, complete, stopped or failed for an answer.</param>
/// <param name="ParentId">The message that this one answers or follows. Siblings share a parent.</param>
/// <param name="RunId">The run that writes, or wrote, this answer: <c>/api/runs/{id}/events</c>.</param>
/// <param name="Cost">USD with nine places; null where no price is known.</param>
/// <param name="Answered">False when the documents hold no answer: the citations are then the closest passages.</param>
/// <param name="Grounding">How far a settled answer rests on its sources; null for everything else.</param>
public sealed record Message(
    Guid Id, Guid? ParentId, string Role, string Status, string Text, IReadOnlyList<MessagePart> Parts,
    IReadOnlyList<Citation> Citations, IReadOnlyList<FoundPassage> AlsoFound, Guid? RunId, string? Model, string? Provider,
    AnswerUsage? Usage, string? Cost, AnswerTimings? Timings, IReadOnlyList<ModelAttempt> Attempts, bool? Answered, Failure? Error,
    DateTimeOffset CreatedAt, DateTimeOffset? CompletedAt, AnswerGrounding? Grounding = null);

/// <summary>A part of a settled message, in the AI SDK's UI shape: <c>{type:"text", text}</c>.</summary>
public sealed record MessagePart(string Type, string? Text = null);

/// <param name="Number">As the text cites it: <c>[1]</c>.</param>
/// <param name="Start">Of the quote, in the page's text, in UTF-16 code units.</param>
/// <param name="Quote">The cited words, exactly as they stand in the page's text at the offsets.</param>
/// <param name="Verdict">verified, fuzzy or unsupported.</param>
/// <param name="Boxes">Where the quote stands on the page, a rectangle a line; empty for formats without a page geometry.</param>
/// <param name="Edited">True where somebody edited the passage that was read: quote and verdict are about the page itself.</param>
public sealed record Citation(
    int Number, Guid DocumentId, Guid CollectionId, Guid ChunkId, string DocumentName, string? Section, int Page,
    int Start, int End, string Quote, string Verdict, IReadOnlyList<PageBox>? Boxes = null, bool? Edited = null);

/// <summary>How far an answer rests on its sources, told by rules when it is settled.</summary>
/// <param name="Verdict">
/// grounded: every statement cites a passage that has it.
/// partly: some statements cite nothing, or what they cite doesn't have them.
/// uncited: it states things and cites nothing.
/// unsupported: it cites, and nothing that it cites has what it states.
/// declined: it says that the documents hold no answer.
/// </param>
/// <param name="UncitedSentences">Statements without a citation, as the text has them; the first of them, where there are many.</param>
/// <param name="InventedNumbers">Citations of passages that were never given.</param>
/// <param name="UnfoundQuotes">Words in quotation marks that stand in no passage.</param>
public sealed record AnswerGrounding(
    string Verdict, IReadOnlyList<string> UncitedSentences, IReadOnlyList<int> InventedNumbers, IReadOnlyList<string> UnfoundQuotes);

/// <summary>A passage that was read for the answer and not cited.</summary>
public sealed record FoundPassage(
    Guid DocumentId, Guid CollectionId, Guid ChunkId, string DocumentName, string? Section, int Page,
    int Start, int End, string Text, double Score);

/// <param name="Estimated">True when the provider gave no usage and the tokens were counted here.</param>
public sealed record AnswerUsage(long InputTokens, long OutputTokens, long TotalTokens, bool Estimated);

/// <summary>Milliseconds. <paramref name="FirstTokenMs"/> counts from acceptance of the question.</summary>
public sealed record AnswerTimings(double QueuedMs, double SearchMs, double? FirstTokenMs, double TotalMs);

/// <summary>One try at a provider. <paramref name="Outcome"/> is ok or an error class such as rate-limited, server-error, timeout.</summary>
public sealed record ModelAttempt(string Provider, string Model, string Outcome, double DurationMs, string? Detail = null);

/// <param name="Model">A logical model name; null for the default.</param>
/// <param name="ParentId">The message to continue from; null continues from the newest.</param>
public sealed record AskRequest(string Text, string? Model = null, IReadOnlyList<Guid>? CollectionIds = null, Guid? ParentId = null);

public sealed record AskAccepted(Guid RunId, Guid UserMessageId, Guid AssistantMessageId);

/// <summary>GET <c>/api/runs/{id}</c>. <paramref name="Status"/>: queued, running, succeeded, failed or stopped.</summary>
public sealed record RunInfo(Guid Id, Guid ConversationId, Guid MessageId, string Status, int Attempts, Failure? Error);

/// <summary>GET <c>/api/suggestions</c>: what the empty chat page shows.</summary>
public sealed record Suggestions(int Collections, int Documents, IReadOnlyList<string> Questions);
