using System.Text.Json;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Quality;

/// <summary>What runs become when their job ends without a good end: failed, given up or canceled.</summary>
internal sealed class EvaluationSettlement : IJobSettlement
{
    public string Kind => JobKind.Evaluation.Name;

    public Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        var (status, code, detail) = job switch
        {
            { Status: JobStatus.Canceled } => ("canceled", "quality:canceled", "The evaluation was canceled."),
            { Failure: { } failure } => ("failed", failure.Code, failure.Detail),
            _ => ("failed", "quality:gave-up", "The evaluation was tried several times and did not end well."),
        };
        return work.ExecuteAsync(
            """
            update evaluation_runs set status = $3, error_code = $4, error_detail = $5, finished_at = now()
            where tenant_id = $1 and id = any($2) and finished_at is null
            """,
            cancellation, work.Tenant, Runs(job), status, code, detail);
    }

    public async Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        var runs = Runs(job);
        // One at a time for a scope: the newer one goes first.
        bool busy = await work.ScalarAsync<bool>(
            """
            select true from evaluation_runs r join evaluation_runs o on o.tenant_id = r.tenant_id
                and o.collection_id is not distinct from r.collection_id and o.status in ('queued', 'running') and not o.id = any($2)
            where r.tenant_id = $1 and r.id = any($2) limit 1
            """,
            cancellation, work.Tenant, runs);
        return !busy && await work.ExecuteAsync(
            """
            update evaluation_runs set status = 'queued', error_code = null, error_detail = null, finished_at = null
            where tenant_id = $1 and id = any($2) and status <> 'succeeded'
            """,
            cancellation, work.Tenant, runs) == runs.Length;
    }

    private static Guid[] Runs(SettledJob job)
    {
        var payload = JsonSerializer.Deserialize(job.Payload.Span, EvaluationJobJson.Default.EvaluationJob)
            ?? throw new JsonException($"Job {job.Id} names no run.");
        return [.. new EvaluationId?[] { payload.Run, payload.Baseline }.OfType<EvaluationId>().Select(id => id.Value)];
    }
}
