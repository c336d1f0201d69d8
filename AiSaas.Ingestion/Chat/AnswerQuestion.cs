using System.Diagnostics;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Core.Chat;
using AiSaas.Core.Jobs;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;

namespace AiSaas.Ingestion.Chat;

/// <summary>Writes one answer: retrieves, asks the model, streams what comes into the run's log, and settles it in Postgres.</summary>
internal sealed class AnswerQuestion(RunLog log, Retriever retriever, ModelCatalog models, TimeProvider time) : IJobHandler
{
    // What a prompt holds with room to answer, and what a reader can check.
    private const int Passages = 8;

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var job = context.Read(AnswerJobJson.Default.AnswerJob);
        AnswerClock clock = new(context.CreatedAt, time);
        AnswerTask? task = null;
        await context.FencedAsync(async (work, token) => task = await AnswerRows.BeginAsync(work, job, token), cancellation);
        if (task is null)
        {
            return JobOutcome.Done;
        }

        await using var writer = await log.OpenAsync(context.Tenant, job.Run, context.Fence, cancellation);
        AnswerDraft draft = new([]);
        ModelAnswer? model = null;
        try
        {
            await writer.WriteAsync(new StartPart(job.Answer.Value), cancellation);
            await writer.WriteAsync(new StartStepPart(), cancellation);
            await writer.WriteAsync(new TitlePart(new TitleData(task.Title)), cancellation);
            var found = await SearchAsync(context, job, task, writer, clock, cancellation);
            draft = new(found.Passages);
            foreach (var source in draft.Sources())
            {
                await writer.WriteAsync(source, cancellation);
            }

            await StageAsync(writer, "reading", Reading(found.Passages.Count), clock.SearchMs, found.Passages.Count, cancellation);
            model = new ModelAnswer(models.Get(job.Model ?? models.DefaultModel), task, found.Passages);
            await WriteTextAsync(model, draft, writer, clock, cancellation);
        }
        catch (OperationCanceledException) when (context.CancelReason is not null)
        {
            return await StopAsync(context, job, draft, model, writer, clock);
        }
        catch (ModelCallException failed)
        {
            return await FailAsync(context, job, draft, failed, writer, clock, cancellation);
        }

        var answer = Settled("complete", draft, model, clock, model.Attempts);
        await context.CompleteAsync((work, token) => AnswerRows.SettleAsync(work, job, answer, token), resultJson: null, cancellation);
        await FinishAsync(writer, answer, last: null, cancellation);
        return JobOutcome.Done;
    }

    private async Task<RetrievalResult> SearchAsync(
        JobContext context, AnswerJob job, AnswerTask task, RunLogWriter writer, AnswerClock clock, CancellationToken cancellation)
    {
        string where = job.Collections.Count switch { 0 => "all collections", 1 => "1 collection", var count => $"{count} collections" };
        await StageAsync(writer, "searching", $"Searching {where}", null, null, cancellation);
        var found = await retriever.FindAsync(
            context.Tenant, new RetrievalQuery(task.Question) { Collections = job.Collections, Limit = Passages }, cancellation);
        clock.Searched();
        return found;
    }

    private static async Task WriteTextAsync(
        ModelAnswer model, AnswerDraft draft, RunLogWriter writer, AnswerClock clock, CancellationToken cancellation)
    {
        await foreach (string delta in model.StreamAsync(cancellation))
        {
            if (draft.IsEmpty)
            {
                clock.FirstToken();
                await StageAsync(writer, "writing", "Writing", null, null, cancellation);
                await writer.WriteAsync(new TextStartPart(AnswerText.PartId), cancellation);
            }

            foreach (var part in draft.Add(delta))
            {
                await writer.WriteAsync(part, cancellation);
            }
        }

        if (!draft.IsEmpty)
        {
            await writer.WriteAsync(new TextEndPart(AnswerText.PartId), cancellation);
        }
    }

    // The user's stop keeps what was written. The worker's own end is not this: then the answer starts again elsewhere.
    private static async Task<JobOutcome> StopAsync(
        JobContext context, AnswerJob job, AnswerDraft draft, ModelAnswer? model, RunLogWriter writer, AnswerClock clock)
    {
        var answer = Settled("stopped", draft, model, clock, model?.Attempts ?? []);
        // The token that carried the stop has fired already; these few writes have the database's own deadlines.
        await context.FencedAsync((work, token) => AnswerRows.SettleAsync(work, job, answer, token), CancellationToken.None);
        await FinishAsync(writer, answer, new AbortPart(), CancellationToken.None);
        return new JobOutcome.Canceled();
    }

    private static async Task<JobOutcome> FailAsync(
        JobContext context, AnswerJob job, AnswerDraft draft, ModelCallException failed, RunLogWriter writer, AnswerClock clock,
        CancellationToken cancellation)
    {
        Failure failure = new(ModelFailureWords.Code(failed.Failure), ModelFailureWords.Say(failed));
        var answer = Settled("failed", draft, null, clock, ModelAnswer.Report(failed.Attempts)) with { Error = failure };
        await context.FencedAsync((work, token) => AnswerRows.SettleAsync(work, job, answer, token), cancellation);
        await FinishAsync(writer, answer, new ErrorPart(failure.Detail, failure.Code), cancellation);
        return new JobOutcome.Failed(failure);
    }

    private static async Task FinishAsync(RunLogWriter writer, SettledAnswer answer, StreamPart? last, CancellationToken cancellation)
    {
        await writer.WriteAsync(new MetadataPart(new MessageMetadata(
            answer.Model, answer.Provider, answer.Answered, answer.Usage, Cost: answer.Cost, answer.Timings, answer.Attempts)), cancellation);
        if (last is not null)
        {
            await writer.WriteAsync(last, cancellation);
        }

        await writer.WriteAsync(new FinishStepPart(), cancellation);
        await writer.WriteAsync(new FinishPart(), cancellation);
    }

    private static SettledAnswer Settled(
        string status, AnswerDraft draft, ModelAnswer? model, AnswerClock clock, IReadOnlyList<Contracts.Chat.ModelAttempt> attempts) => new(
            status, draft.Text, model?.Model, model?.Provider, model?.Answered, draft.Citations, draft.AlsoFound, model?.Usage,
            model?.CostNanos, clock.Timings(), attempts);

    private static Task StageAsync(
        RunLogWriter writer, string stage, string text, double? milliseconds, int? passages, CancellationToken cancellation) =>
        writer.WriteAsync(new StagePart(new StageData(stage, text, milliseconds, passages)), cancellation);

    private static string Reading(int passages) => passages switch
    {
        0 => "Found no passage",
        1 => "Reading 1 passage",
        _ => $"Reading {passages} passages",
    };
}
