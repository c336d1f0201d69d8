using System.Text.Json;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Llm.Wire.Responses;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Ends a background response whose job ended without its handler's doing: cancelled before it began, out of tries.</summary>
internal sealed class SettleResponse(ResponseLog log) : IJobSettlement
{
    public string Kind => JobKind.Response.Name;

    public async Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        if (JsonSerializer.Deserialize(job.Payload.Span, ResponseJson.Default.ResponseJob) is not { } response
            || await ResponseRows.BeginAsync(work, response.Id, cancellation) is not { } task)
        {
            // The handler ended it and told its readers, or it is gone.
            return;
        }

        bool cancelled = job.Status == JobStatus.Canceled;
        var ended = BlankResponse.Write(
            task.Request, task.Id, cancelled ? "cancelled" : "failed", task.CreatedAt,
            cancelled ? null : ("server_error", job.Failure?.Detail ?? "The response could not be made."));
        await ResponseRows.EndAsync(work, EndedResponse.Of(ended), cancellation);
        work.OnCommitted(async committed =>
        {
            await using var writer = await log.OpenAsync(work.Tenant, task, job.Fence, isFirst: job.Fence == 0, committed);
            await writer.EndAsync(cancelled ? "response.cancelled" : "response.failed", ended, committed);
        });
    }

    /// <summary>A response that has ended is history.</summary>
    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.FromResult(false);
}
