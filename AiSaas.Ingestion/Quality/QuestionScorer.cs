using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Quality;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Tenancy;

namespace AiSaas.Ingestion.Quality;

/// <summary>Scores one question under one setting.</summary>
/// <remarks>The question is searched for as it stands: what a model would make of it is another thing every time.</remarks>
internal sealed class QuestionScorer(Retriever retriever, EvaluationAnswers? answers, TenantId tenant, UserId? user, CollectionId? collection)
{
    public static int LimitOf(RetrievalSettings settings) => settings.Limit ?? RetrievalQuery.DefaultLimit;

    /// <summary>One search that counts for nothing: the first one loads models and plans.</summary>
    public async Task WarmUpAsync(IReadOnlyList<PlacedQuestion> questions, CancellationToken cancellation)
    {
        if (questions.Count > 0)
        {
            await retriever.FindAsync(tenant, Query(questions[0], SettingsRules.None), cancellation);
        }
    }

    public async Task<ScoredQuestion> ScoreAsync(PlacedQuestion question, RetrievalSettings settings, CancellationToken cancellation)
    {
        if (question.Expected.Count == 0)
        {
            return new(question.Id, question.Version, question.Question, "Its passages don't stand in the documents.", 0, default, null, null, null, 0);
        }

        int limit = LimitOf(settings);
        var found = await retriever.FindAsync(tenant, Query(question, settings), cancellation);
        IReadOnlyList<IReadOnlyCollection<int>> held = [.. found.Passages.Select(question.HeldBy)];
        var figures = RetrievalMetrics.Of(held, question.Expected.Count, limit);
        // An answer reads what the settings give it, not what is measured.
        var read = found.Passages.Take(limit).ToList();
        var cited = answers is null ? null : await answers.AnswerAsync(question.Question, read, cancellation);
        return new(
            question.Id, question.Version, question.Question, null, question.Expected.Count, figures, cited?.Count,
            cited?.Count(one => one.Verdict == Core.Chat.CitationChecker.Verified), cited?.Any(one => held[one.Number - 1].Count > 0),
            found.Timings.TotalMs);
    }

    private RetrievalQuery Query(PlacedQuestion question, RetrievalSettings settings) =>
        new RetrievalQuery(question.Question)
        {
            Collections = collection is { } only ? [only] : null,
            User = user,
            Plan = QueryPlan.Plain(QuestionText.Clean(question.Question)),
            // As chats read them.
            Expand = answers is null ? null : new ContextBudget(),
        }.Under(settings, Math.Max(RetrievalMetrics.Depth, LimitOf(settings)));
}
