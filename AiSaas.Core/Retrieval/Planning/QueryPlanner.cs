using System.Text;
using System.Text.RegularExpressions;
using AiSaas.Core.Chat;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Retrieval.Planning;

/// <summary>Turns a question and what was said before into what is searched for.</summary>
/// <remarks>
/// 1. A first question is searched as it is, unless several phrasings are wanted.
/// 2. With a real chat model, a follow-up is rewritten so that it stands by itself, within a strict deadline.
/// 3. Without one, or where it fails, is late, is refused or talks nonsense: a rule carries the previous question's words.
/// </remarks>
public sealed partial class QueryPlanner(
    ModelCatalog models, GovernedModels governed, IOptions<PlanningOptions> options, TimeProvider clock, ILogger<QueryPlanner> logger)
{
    private const int MostTurns = 6;
    private const int TurnLength = 800;
    private const int PhrasingLength = 400;

    // Models that think first need room for it; the deadline bounds it anyway.
    private const int MostOutput = 500;

    /// <param name="tenant">Who pays for the model.</param>
    /// <param name="query">The question, with its history and model where it has them.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<QueryPlan> PlanAsync(TenantId tenant, RetrievalQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        string question = QuestionText.Clean(query.Text);
        var history = query.History ?? [];
        int phrasings = options.Value.Phrasings;
        string model = options.Value.Model ?? query.Model ?? models.DefaultModel;
        bool isNeeded = question.Length > 0 && ((history.Count > 0 && options.Value.Rewrite) || phrasings > 1);
        if (!isNeeded || models.IsExtractive(model))
        {
            return ByRule(question, history, null, 0);
        }

        long started = clock.GetTimestamp();
        var (found, notice) = await AskAsync(tenant, query, question, history, model, phrasings, cancellation);
        double milliseconds = clock.GetElapsedTime(started).TotalMilliseconds;
        return found.Count == 0 ? ByRule(question, history, notice, milliseconds)
            : found is [var one] && one.Equals(question, StringComparison.OrdinalIgnoreCase) ? new([question], "question", null, milliseconds)
            : new(found, "model", null, milliseconds);
    }

    private static QueryPlan ByRule(string question, IReadOnlyList<Turn> history, string? notice, double milliseconds) =>
        history.LastOrDefault(turn => turn.Role == "user") is { } previous && FollowUp.Carry(question, previous.Text) is { } carried
            ? new([.. carried.Select(QuestionText.Clean)], "rule", notice, milliseconds)
            : new([question], "question", notice, milliseconds);

    private async Task<(IReadOnlyList<string> Phrasings, string? Notice)> AskAsync(
        TenantId tenant, RetrievalQuery query, string question, IReadOnlyList<Turn> history, string model, int phrasings, CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(options.Value.DeadlineSeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var client = await governed.GetAsync(model, query.Caller(tenant, "rewrite"), either.Token);
            var response = await client.GetResponseAsync(
                [new(ChatRole.System, Instructions(phrasings)), new(ChatRole.User, Conversation(history, question))],
                new() { MaxOutputTokens = MostOutput }, either.Token);
            var found = Read(response.Text, phrasings);
            return (found, found.Count == 0 ? $"{model} gave no usable query." : null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ([], $"{model} took longer than {options.Value.DeadlineSeconds:0.##} s to rewrite the question.");
        }
        catch (CallRefusedException refused)
        {
            return ([], $"The question was not rewritten: {refused.Refused.Message}");
        }
        catch (Exception failure) when (failure is ModelCallException or KeyNotFoundException)
        {
            Log.Failed(logger, model, failure);
            return ([], $"{model} could not rewrite the question.");
        }
    }

    private static string Instructions(int phrasings) =>
        $"""
        You prepare searches in a collection of documents. You are given a conversation and its last question.
        Write that question so that it can be understood without the conversation: put in the names and things that it refers to.
        Keep its meaning and its language. Never answer it. If it stands by itself already, repeat it unchanged.
        {(phrasings == 1
            ? "Reply with the question alone, on one line."
            : $"Reply with {phrasings} lines and nothing else: first that question, then {phrasings - 1} other ways to ask for the same, in other words.")}
        """;

    private static string Conversation(IReadOnlyList<Turn> history, string question)
    {
        StringBuilder text = new();
        foreach (var turn in history.TakeLast(MostTurns))
        {
            text.Append(turn.Role == "user" ? "Person: " : "Assistant: ").AppendLine(OneLine(turn.Text, TurnLength));
        }

        return text.Append("Last question: ").Append(question).ToString();
    }

    private static IReadOnlyList<string> Read(string answer, int phrasings) =>
    [
        .. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => Mark().Replace(line, "").Trim().Trim('"', '“', '”').Trim())
            .Where(line => line.Length is > 1 and <= PhrasingLength)
            .Select(QuestionText.Clean)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Take(phrasings),
    ];

    private static string OneLine(string text, int most)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= most ? line : line[..(char.IsHighSurrogate(line[most - 1]) ? most - 1 : most)] + "…";
    }

    // What models put before lines although nobody asked for it.
    [GeneratedRegex(@"^(?:[-*•]\s+|\d{1,2}[.)]\s+|(?:standalone |rewritten )?question:\s*)", RegexOptions.IgnoreCase)]
    private static partial Regex Mark();

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Model} could not rewrite a question; it is searched as it is")]
        public static partial void Failed(ILogger logger, string model, Exception failure);
    }
}
