using System.Runtime.CompilerServices;
using AiSaas.Contracts.Chat;
using AiSaas.Core.Chat;
using AiSaas.Core.Retrieval;
using AiSaas.Llm.Grounding;
using AiSaas.Llm.Local;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;

namespace AiSaas.Ingestion.Chat;

/// <summary>One model's answer to one question: its text as it comes, and afterwards who gave it and what it used.</summary>
internal sealed class ModelAnswer(IChatClient client, AnswerTask task, IReadOnlyList<Passage> passages)
{
    private AttemptLog? _attempts;

    public string? Model => Last?.Model;

    public string? Provider => Last?.Provider;

    /// <summary>Null where the model doesn't say.</summary>
    public bool? Answered { get; private set; }

    public AnswerUsage? Usage { get; private set; }

    public IReadOnlyList<Contracts.Chat.ModelAttempt> Attempts => Report(_attempts?.Attempts ?? []);

    private Llm.Routing.ModelAttempt? Last => _attempts?.Attempts is [.., var last] ? last : null;

    public async IAsyncEnumerable<string> StreamAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var messages = GroundedPrompt.Messages(
            task.Question,
            [.. passages.Select(passage => new GroundedPassage(passage.DocumentName, passage.Section, passage.Text) { Context = passage.Context })],
            task.History.Select(turn => new ChatMessage(turn.Role == "user" ? ChatRole.User : ChatRole.Assistant, turn.Text)));
        await foreach (var update in client.GetStreamingResponseAsync(messages, options: null, cancellation))
        {
            Read(update);
            if (update.Text.Length > 0)
            {
                yield return update.Text;
            }
        }
    }

    public static IReadOnlyList<Contracts.Chat.ModelAttempt> Report(IReadOnlyList<Llm.Routing.ModelAttempt> attempts) =>
        [.. attempts.Select(attempt => new Contracts.Chat.ModelAttempt(
            attempt.Provider, attempt.Model, ModelFailureWords.Outcome(attempt), Math.Round(attempt.Duration.TotalMilliseconds, 1),
            attempt.Status is { } status ? $"HTTP {status}" : null))];

    private void Read(ChatResponseUpdate update)
    {
        _attempts ??= AttemptLog.Of(update);
        if (update.AdditionalProperties?.TryGetValue(ExtractiveChatClient.AnsweredKey, out bool answered) is true)
        {
            Answered = answered;
        }

        foreach (var used in update.Contents.OfType<UsageContent>())
        {
            var (input, output) = (used.Details.InputTokenCount ?? 0, used.Details.OutputTokenCount ?? 0);
            Usage = new(input, output, used.Details.TotalTokenCount ?? input + output, Provider == LocalModels.Provider);
        }
    }
}
