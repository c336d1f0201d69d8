using AiSaas.Contracts.Common;
using AiSaas.Core.Chat;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Quality;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;

namespace AiSaas.Ingestion.Chat;

/// <summary>Writes one answer: retrieves, asks the model, streams what comes into the run's log, and settles it in Postgres.</summary>
internal sealed class AnswerQuestion(
    RunLog log, QueryPlanner planner, Retriever retriever, AppliedSettings settings, ModelCatalog models, GovernedModels governed,
    TenantDatabase database, TimeProvider time) : IJobHandler
{
    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var job = context.Read(AnswerJobJson.Default.AnswerJob);
        AnswerTask? task = null;
        await context.FencedAsync(async (work, token) => task = await AnswerRows.BeginAsync(work, job, token), cancellation);
        if (task is null)
        {
            return JobOutcome.Done;
        }

        await using var writer = await log.OpenAsync(context.Tenant, job.Run, context.Fence, context.IsFirstLease, cancellation);
        AnswerClock clock = new(context.CreatedAt, time);
        GatewayCaller caller = new(context.Tenant, task.User, Key: null) { Feature = "chat", Conversation = job.Conversation.ToString(), Run = job.Run };
        AnswerSteps steps = new(job, task, await governed.GetAsync(job.Model ?? models.DefaultModel, caller, cancellation), writer, clock);
        try
        {
            await steps.OpenAsync(cancellation);
            RetrievalQuery query = new(task.Question)
            {
                Collections = job.Collections,
                Limit = AnswerSteps.Passages,
                History = task.History,
                Model = job.Model,
                User = task.User,
                Expand = new ContextBudget(),
                Origin = new(QuerySources.Answer, task.User, job.Conversation) { Run = job.Run },
            };
            query = await settings.ForAsync(context.Tenant, query, limit: null, cancellation);
            var plan = await planner.PlanAsync(context.Tenant, query, cancellation);
            await steps.PlannedAsync(plan, cancellation);
            var found = await retriever.FindAsync(context.Tenant, query with { Plan = plan }, cancellation);
            steps.Found(found, await PassagePages.ReadAsync(database, context.Tenant, found.Passages, cancellation));
            await steps.WriteAsync(cancellation);
        }
        catch (OperationCanceledException) when (context.CancelReason is not null)
        {
            return await StopAsync(context, job, steps);
        }
        catch (ModelCallException failed)
        {
            Failure failure = new(ModelFailureWords.Code(failed.Failure), ModelFailureWords.Say(failed));
            return await FailAsync(context, job, steps, failure, cancellation);
        }
        catch (CallRefusedException away) when (away.Refused.Reason == Refusal.Unavailable && !context.IsLastAttempt)
        {
            // Our own stores are away: no fault of the question, which was accepted and waits.
            return new JobOutcome.Retry(ErrorClass.Unavailable, new(away.Refused.Code, away.Refused.Message), away.Refused.RetryAfter);
        }
        catch (CallRefusedException refused)
        {
            return await FailAsync(context, job, steps, new(refused.Refused.Code, refused.Refused.Message), cancellation);
        }

        var answer = steps.Settle("complete");
        await context.CompleteAsync((work, token) => AnswerRows.SettleAsync(work, job, answer, token), resultJson: null, cancellation);
        await steps.FinishAsync(answer, last: null, cancellation);
        return JobOutcome.Done;
    }

    // The user's stop keeps what was written. The worker's own end is not this: then the answer starts again elsewhere.
    private static async Task<JobOutcome> StopAsync(JobContext context, AnswerJob job, AnswerSteps steps)
    {
        var answer = steps.Settle("stopped");
        // The token that carried the stop has fired already; these few writes have the database's own deadlines.
        await context.FencedAsync((work, token) => AnswerRows.SettleAsync(work, job, answer, token), CancellationToken.None);
        await steps.FinishAsync(answer, new AbortPart(), CancellationToken.None);
        return new JobOutcome.Canceled();
    }

    private static async Task<JobOutcome> FailAsync(
        JobContext context, AnswerJob job, AnswerSteps steps, Failure failure, CancellationToken cancellation)
    {
        var answer = steps.Settle("failed") with { Error = failure };
        await context.FencedAsync((work, token) => AnswerRows.SettleAsync(work, job, answer, token), cancellation);
        await steps.FinishAsync(answer, new ErrorPart(failure.Detail, failure.Code), cancellation);
        return new JobOutcome.Failed(failure);
    }
}
