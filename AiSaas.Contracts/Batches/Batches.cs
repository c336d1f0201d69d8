namespace AiSaas.Contracts.Batches;

/// <summary>POST <c>/api/jobs</c>. The same as a file: lines of items, with the rest in the query.</summary>
/// <param name="Kind"><c>batch</c>.</param>
/// <param name="Items">Or <paramref name="InputFileId"/>.</param>
/// <param name="Model">For items that name none; unset means the configured default.</param>
/// <param name="Webhook">Is told how the batch ended.</param>
/// <param name="RunAt">Not before.</param>
/// <param name="Priority">high, normal or low: among the workspace's own jobs.</param>
/// <param name="DedupeKey">While a batch with this key is waiting or under way, sending it again yields that one.</param>
/// <param name="InputFileId">A file of <c>/v1/files</c>, which a worker reads.</param>
public sealed record SubmitBatchRequest(
    string Kind, IReadOnlyList<BatchPrompt>? Items = null, string? Model = null, string? Webhook = null, DateTimeOffset? RunAt = null,
    string? Priority = null, string? DedupeKey = null, string? InputFileId = null);

/// <summary>An item: a prompt or messages. OpenAI's <c>{custom_id, method, url, body}</c> is one too.</summary>
/// <param name="Messages">As in <c>/v1/chat/completions</c>.</param>
/// <param name="CustomId">Comes back with the result; unset means its place, from 0.</param>
public sealed record BatchPrompt(
    string? Prompt = null, System.Text.Json.JsonElement? Messages = null, string? Model = null, string? CustomId = null, long? MaxTokens = null,
    double? Temperature = null);

/// <summary>What POST <c>/api/jobs</c> answers.</summary>
/// <param name="WebhookSecret">What signs the news, where the batch's <c>webhook</c> is new to the workspace. Shown once.</param>
public sealed record JobAccepted(Guid JobId, string? WebhookSecret = null);

/// <summary>A batch's <c>result</c>, while it runs and at its end. What is in none of the three counts still waits.</summary>
/// <param name="Canceled">Never got their turn.</param>
/// <param name="CostUsd">So far, with nine places.</param>
/// <param name="ResultsUrl">Where the results are, as JSONL: those that there are so far.</param>
public sealed record BatchResult(
    int Total, int Succeeded, int Failed, int Canceled, string CostUsd, long InputTokens, long OutputTokens, string ResultsUrl);
