using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Sources;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

public abstract record RetryOutcome
{
    public sealed record Queued(JobId Job) : RetryOutcome;

    public sealed record NotFound : RetryOutcome;

    /// <summary>Only what has failed, and whose original is kept, can be tried again.</summary>
    public sealed record NotFailed(string Status) : RetryOutcome;

    public sealed record NoOriginal : RetryOutcome;
}

/// <summary>Reads a failed document again, from its stored original or, where there is none, its address on the web, with a new job.</summary>
public sealed class RetryDocument(TenantDatabase database, JobQueue jobs, ChangeSignals signals, SourceWalks walks)
{
    public async Task<RetryOutcome> HandleAsync(TenantId tenant, DocumentId document, CancellationToken cancellation)
    {
        var outcome = await database.RunAsync(tenant, (work, token) => QueueAsync(work, document, token), cancellation);
        signals.Changed(tenant, document.Value);
        return outcome;
    }

    private async Task<RetryOutcome> QueueAsync(TenantWork work, DocumentId document, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            """
            select status, exists (select from files f where f.tenant_id = d.tenant_id and f.document_id = d.id)
            from documents d where tenant_id = $1 and id = $2 for update
            """,
            row => (Status: row.GetString(0), Kept: row.GetBoolean(1)), cancellation, work.Tenant, document);
        switch (found)
        {
            case []:
                return new RetryOutcome.NotFound();
            case [{ Status: not "failed" and var status }]:
                return new RetryOutcome.NotFailed(status);
        }

        // Without an original there is at most the address that it comes from.
        bool kept = found[0].Kept;
        if ((kept ? JobId.New() : await walks.AgainAsync(work, document.Value, cancellation)) is not { } job)
        {
            return new RetryOutcome.NoOriginal();
        }

        await work.ExecuteAsync(
            """
            update documents set status = 'queued', stage = 'queued', progress = 0, eta_seconds = null, error_code = null,
                error_detail = null, job_id = $3, staged_stage = nullif(staged_stage, 'unpacking'), updated_at = now()
            where tenant_id = $1 and id = $2
            """,
            cancellation, work.Tenant, document, job);
        if (kept)
        {
            await jobs.EnqueueAsync(work, IngestJob.For(document, job), cancellation);
        }

        return new RetryOutcome.Queued(job);
    }
}
