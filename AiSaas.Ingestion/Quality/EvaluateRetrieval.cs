using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Jobs;
using AiSaas.Core.Quality;
using AiSaas.Core.Retrieval;
using AiSaas.Llm.Local;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Quality;

/// <summary>Searches a scope's golden questions under the settings of one run or of two side by side, has them answered, and scores both.</summary>
/// <remarks>
/// What is scored is kept every few questions, so another worker goes on where this one stopped. With two runs each question is
/// searched under both before the next one, the first of them in turns: caches warm up for neither more than for the other.
/// </remarks>
internal sealed class EvaluateRetrieval(
    Retriever retriever, GovernedModels governed, IOptions<QualityOptions> options, TimeProvider clock) : IJobHandler
{
    private const int KeepEvery = 10;

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var job = context.Read(EvaluationJobJson.Default.EvaluationJob);
        EvaluationTask? task = null;
        await context.FencedAsync(async (work, token) => task = await EvaluationRows.BeginAsync(work, job, token), cancellation);
        if (task is null)
        {
            return JobOutcome.Done;
        }

        context.Log($"{task.Questions.Count} questions under {(task.Runs.Count == 1 ? "one setting" : "two settings")}.");
        var answers = await AnswersAsync(context, task, cancellation);
        await ScoreAsync(context, task, answers, cancellation);
        await context.CompleteAsync(
            async (work, token) =>
            {
                foreach (var run in task.Runs)
                {
                    await EvaluationRows.FinishAsync(work, run.Id, QuestionScorer.LimitOf(run.Settings), token);
                }
            },
            resultJson: null, cancellation);
        return JobOutcome.Done;
    }

    private async Task ScoreAsync(JobContext context, EvaluationTask task, EvaluationAnswers? answers, CancellationToken cancellation)
    {
        QuestionScorer scorer = new(retriever, answers, context.Tenant, task.User, task.Collection);
        await scorer.WarmUpAsync(task.Questions, cancellation);
        List<(EvaluationId Run, ScoredQuestion Scored)> waiting = [];
        for (int i = 0; i < task.Questions.Count; i++)
        {
            var question = task.Questions[i];
            foreach (var run in i % 2 == 0 ? task.Runs : task.Runs.Reverse())
            {
                if (!run.Done.Contains(question.Id))
                {
                    waiting.Add((run.Id, await scorer.ScoreAsync(question, run.Settings, cancellation)));
                }
            }

            context.ReportProgress((i + 1.0) / task.Questions.Count, "evaluating");
            if (waiting.Count >= KeepEvery || i == task.Questions.Count - 1)
            {
                var kept = waiting;
                await context.FencedAsync((work, token) => EvaluationRows.WriteAsync(work, kept, token), cancellation);
                waiting = [];
            }
        }
    }

    private async Task<EvaluationAnswers?> AnswersAsync(JobContext context, EvaluationTask task, CancellationToken cancellation)
    {
        if (task.Model is not { } model || task.User is not { } user)
        {
            return null;
        }

        GatewayCaller caller = new(context.Tenant, user, Key: null) { Feature = "evals" };
        var client = await governed.GetAsync(model, caller, cancellation);
        // The local model costs nothing, so it answers all.
        int most = LocalModels.Has(model) ? int.MaxValue : options.Value.MostModelAnswers;
        return new(client, user, most, options.Value.AnswerDeadline, clock, context.Log);
    }
}
