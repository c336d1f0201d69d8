using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;

namespace AiSaas.Core.Sources;

/// <summary>What a source becomes when its walk ends without a good end. What was fetched stays; what was not yet says so.</summary>
internal sealed class SourceSettlement(ChangeSignals signals) : IJobSettlement
{
    public string Kind => JobKind.Source.Name;

    public async Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        var failure = job switch
        {
            { Status: JobStatus.Canceled } => new Failure("sources:canceled", "Fetching this address was canceled. It can be fetched again."),
            { Failure: { } fault } => fault,
            _ => new("sources:gave-up", "Fetching this address was tried several times and did not end well. It can be fetched again."),
        };
        // Order of locks everywhere: document, page, source.
        var documents = await work.QueryAsync(
            """
            update documents set status = 'failed', stage = 'failed', error_code = $3, error_detail = $4, updated_at = now()
            where tenant_id = $1 and job_id = $2 and status = 'queued' and version is null returning id
            """,
            row => DocumentId.From(row.GetGuid(0)), cancellation, work.Tenant, job.Id, failure.Code, failure.Detail);
        await work.ExecuteAsync(
            """
            update sources set status = 'failed', error_code = $4, error_detail = $5, walked_at = now(), updated_at = now()
            where tenant_id = $1 and id = $2 and job_id = $3
            """,
            cancellation, work.Tenant, Source(job), job.Id, failure.Code, failure.Detail);
        foreach (var document in documents)
        {
            signals.ChangedWhenCommitted(work, document);
        }
    }

    public async Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            """
            update documents set status = 'queued', stage = 'queued', error_code = null, error_detail = null, updated_at = now()
            where tenant_id = $1 and job_id = $2 and status = 'failed' and version is null
            """,
            cancellation, work.Tenant, job.Id);
        return await work.ExecuteAsync(
            """
            update sources set status = 'queued', error_code = null, error_detail = null, updated_at = now()
            where tenant_id = $1 and id = $2 and job_id = $3 and status = 'failed'
            """,
            cancellation, work.Tenant, Source(job), job.Id) == 1;
    }

    private static SourceId Source(SettledJob job) =>
        JsonSerializer.Deserialize(job.Payload.Span, SourceJobJson.Default.SourceJob)?.Source
            ?? throw new JsonException($"Job {job.Id} names no source.");
}
