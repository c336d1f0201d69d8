using System.Text.Json;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;

namespace AiSaas.Core.Chat;

/// <summary>Settles an answer whose job ended without its handler's doing: stopped before it began, failed, out of tries.</summary>
internal sealed class SettleAnswer(RunLog log) : IJobSettlement
{
    public string Kind => JobKind.Chat.Name;

    public async Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        if (JsonSerializer.Deserialize(job.Payload.Span, AnswerJobJson.Default.AnswerJob) is not { } answer)
        {
            return;
        }

        bool stopped = job.Status == JobStatus.Canceled;
        string detail = job.Failure?.Detail ?? "The answer could not be written. Ask again.";
        int open = await work.ExecuteAsync(
            """
            with run as (
                update runs set status = $4, finished_at = now() where tenant_id = $1 and id = $3 and finished_at is null)
            update messages set status = $4, error_code = $5, error_detail = $6, completed_at = now()
            where tenant_id = $1 and id = $2 and completed_at is null
            """,
            cancellation, work.Tenant, answer.Answer, answer.Run, stopped ? "stopped" : "failed",
            stopped ? null : job.Failure?.Code ?? "chat:failed", stopped ? null : detail);
        if (open == 0)
        {
            // The handler settled it and told its readers, or the conversation is gone.
            return;
        }

        work.OnCommitted(async committed =>
        {
            await using var writer = await log.OpenAsync(work.Tenant, answer.Run, job.Fence, committed);
            if (job.Fence > 0)
            {
                // Somebody had begun it and is gone: what readers have of that is stored nowhere.
                await writer.WriteAsync(ResetStepPart.Interrupted, committed);
            }

            await writer.WriteAsync(stopped ? new AbortPart() : new ErrorPart(detail, job.Failure?.Code ?? "chat:failed"), committed);
            await writer.WriteAsync(new FinishPart(), committed);
        });
    }

    /// <summary>An answer that settled is history; asking again makes a new one.</summary>
    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.FromResult(false);
}
