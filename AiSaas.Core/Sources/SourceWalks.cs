using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Sources;

/// <summary>Begins walks: all pages that are known, and whatever new ones they lead to.</summary>
public sealed class SourceWalks(TenantDatabase database, JobQueue jobs)
{
    /// <returns>The walk's job, or that of the walk that is under way; null where the source doesn't exist.</returns>
    public Task<JobId?> StartAsync(TenantId tenant, SourceId source, CancellationToken cancellation) =>
        database.RunAsync(tenant, (work, token) => StartAsync(work, source, token), cancellation);

    /// <summary>The same in the caller's transaction.</summary>
    internal async Task<JobId?> StartAsync(TenantWork work, SourceId source, CancellationToken cancellation)
    {
        if (!await work.ScalarAsync<bool>(
            "select true from sources where tenant_id = $1 and id = $2 for no key update", cancellation, work.Tenant, source))
        {
            return null;
        }

        var job = JobId.New();
        var queued = await jobs.EnqueueAsync(work, SourceJob.Walk(source, job), cancellation);
        if (queued == job)
        {
            await BeginAsync(work, source, job, cancellation);
        }

        return queued;
    }

    /// <summary>The page of a document that has no original: its walk is begun anew.</summary>
    /// <returns>Null where the document came from no address.</returns>
    internal async Task<JobId?> AgainAsync(TenantWork work, Guid document, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            "update source_pages set due_at = now(), attempts = 0 where tenant_id = $1 and document_id = $2 returning source_id",
            row => SourceId.From(row.GetGuid(0)), cancellation, work.Tenant, document);
        return found is [var source, ..] ? await StartAsync(work, source, cancellation) : null;
    }

    private static async Task BeginAsync(TenantWork work, SourceId source, JobId job, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            """
            update sources set status = 'queued', job_id = $3, walk = walk + 1, error_code = null, error_detail = null, limited = false,
                updated_at = now()
            where tenant_id = $1 and id = $2
            """,
            cancellation, work.Tenant, source, job);
        // Not: other names of a page, which its answer tells again; pages whose document somebody deleted, but for the first.
        await work.ExecuteAsync(
            """
            update source_pages set due_at = now(), attempts = 0
            where tenant_id = $1 and source_id = $2 and not (state = 'alias' and fetched_at is null)
                and (state <> 'fetched' or document_id is not null or depth = 0)
            """,
            cancellation, work.Tenant, source);
    }
}
