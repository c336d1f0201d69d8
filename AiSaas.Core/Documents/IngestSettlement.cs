using System.Text.Json;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Sources;
using NpgsqlTypes;

namespace AiSaas.Core.Documents;

/// <summary>What a document becomes when its job ends without a good end: refused, given up or canceled.</summary>
/// <remarks>A document that can already be found by its words stays ready; it only lacks the rest of its vectors.</remarks>
internal sealed class IngestSettlement(ChangeSignals signals) : IJobSettlement
{
    public string Kind => JobKind.Ingest.Name;

    public async Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        var document = Document(job);
        var (code, detail) = job switch
        {
            { Status: JobStatus.Canceled } => ("documents:canceled", "Reading this document was canceled. It can be tried again."),
            { Status: JobStatus.Failed, Failure: { } fault } => (fault.Code, fault.Detail),
            _ => ("documents:gave-up", "Reading this document was tried several times and did not end well. It can be tried again."),
        };
        signals.ChangedWhenCommitted(work, document);
        if (job.Status != JobStatus.Failed)
        {
            await WebDocument.ForgetAsync(work, document, job.Id, cancellation);
        }

        if (await DocumentVersions.RestoreAsync(work, document, job.Id, detail, cancellation))
        {
            return;
        }

        await work.ExecuteAsync(
            """
            update documents set status = case when status = 'ready' then 'ready' else 'failed' end,
                stage = case when status = 'ready' then 'ready' else 'failed' end,
                error_code = case when status = 'ready' then null else $4 end,
                error_detail = case when status = 'ready' then null else $5 end,
                notice = case when status = 'ready'
                    then concat_ws(' ', notice, 'It is found by its words; finding it by meaning was not finished.') else notice end,
                progress = case when status = 'ready' then 1 else progress end, eta_seconds = null, updated_at = now()
            where tenant_id = $1 and id = $2 and job_id = $3
            """,
            cancellation, work.Tenant, document, job.Id, code, detail);
    }

    public async Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        var document = Document(job);
        signals.ChangedWhenCommitted(work, document);
        return await work.ExecuteAsync(
            """
            update documents d set status = 'queued', stage = 'queued', progress = 0, error_code = null, error_detail = null,
                staged_stage = nullif(staged_stage, 'unpacking'), updated_at = now()
            where tenant_id = $1 and id = $2 and job_id = $3 and status = 'failed'
                and exists (select from files f where f.tenant_id = d.tenant_id and f.document_id = d.id)
            """,
            cancellation, work.Tenant, document, SqlParameter.Typed(NpgsqlDbType.Uuid, job.Id.Value)) == 1;
    }

    private static DocumentId Document(SettledJob job) =>
        JsonSerializer.Deserialize(job.Payload.Span, IngestJobJson.Default.IngestJob)?.Document
            ?? throw new JsonException($"Job {job.Id} names no document.");
}
