using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Ingestion.Documents;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Unpacking;

/// <summary>A container's row on its way: unpacking, waiting for its contents, ready. Fenced as <see cref="Staging"/> is.</summary>
internal sealed class Containers(TenantDatabase database, PackedDocuments packed, DeleteDocuments delete, ChangeSignals signals)
{
    // What is left of the bar belongs to the files.
    private const double Share = 0.1;

    /// <returns>The outermost container, and how many this one lies in.</returns>
    public async Task<(DocumentId Root, int Depth)> PlaceAsync(JobContext job, DocumentId document, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        var found = await work.QueryAsync(
            """
            with recursive above as (
                select id, parent_id, root_id, 0 as depth from documents where tenant_id = $1 and id = $2
                union all
                select d.id, d.parent_id, d.root_id, a.depth + 1 from documents d join above a on d.id = a.parent_id
                where d.tenant_id = $1 and a.depth < 20)
            select coalesce((select root_id from above where depth = 0), $2), max(depth) from above having count(*) > 0
            """,
            row => (DocumentId.From(row.GetGuid(0)), row.GetInt32(1)), cancellation, job.Tenant, document);
        return found is [var place] ? place : throw new DocumentGoneException();
    }

    /// <summary>Makes documents of some files, with their jobs, under the container's.</summary>
    public async Task<PackedOutcome> AddAsync(
        JobContext job, PackedIn container, IReadOnlyList<PackedFile> found, double fraction, CancellationToken cancellation)
    {
        PackedOutcome? outcome = null;
        job.ReportProgress(Share * fraction, "unpacking");
        await job.FencedAsync(
            async (work, token) =>
            {
                await HoldAsync(work, job.JobId, container.Document, token);
                outcome = await packed.AddAsync(work, container, found, token);
                await work.ExecuteAsync(
                    """
                    update documents set stage = 'unpacking', progress = greatest(progress, $3), updated_at = now()
                    where tenant_id = $1 and id = $2
                    """,
                    token, work.Tenant, container.Document, (float)(Share * fraction));
            },
            cancellation);
        signals.Changed(job.Tenant, container.Document.Value);
        return outcome!;
    }

    /// <summary>All is unpacked, and the container goes on as a document.</summary>
    public async Task UnpackedAsync(JobContext job, StagedDocument document, string? notice, CancellationToken cancellation)
    {
        await delete.StalePartsAsync(job.Tenant, document.Id, document.Version, cancellation);
        if (notice is not null)
        {
            await job.FencedAsync(
                async (work, token) =>
                {
                    await HoldAsync(work, job.JobId, document.Id, token);
                    await work.ExecuteAsync("update documents set notice = $3 where tenant_id = $1 and id = $2", token, work.Tenant, document.Id, notice);
                },
                cancellation);
        }
    }

    /// <summary>All is unpacked: the job waits for the files' jobs, and finds this checkpoint when they have ended.</summary>
    public async Task AwaitContentsAsync(JobContext job, DocumentId document, string? notice, CancellationToken cancellation)
    {
        await job.AwaitChildrenAsync(
            async (work, token) =>
            {
                await HoldAsync(work, job.JobId, document, token);
                await work.ExecuteAsync(
                    """
                    update documents set stage = 'contents', staged_stage = 'unpacking', progress = $3, notice = $4, updated_at = now()
                    where tenant_id = $1 and id = $2
                    """,
                    token, work.Tenant, document, (float)Share, SqlParameter.Typed(NpgsqlDbType.Text, notice));
            },
            cancellation);
        signals.Changed(job.Tenant, document.Value);
    }

    /// <summary>The end: what the version before had and this one has not is deleted.</summary>
    public async Task FinishAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        await delete.StalePartsAsync(job.Tenant, document.Id, document.Version, cancellation);
        await job.CompleteAsync(
            async (work, token) =>
            {
                await HoldAsync(work, job.JobId, document.Id, token);
                await work.ExecuteAsync(
                    """
                    update documents set status = 'ready', stage = 'ready', progress = 1, eta_seconds = null, version = staged_version,
                        staged_stage = null, ready_at = now(), updated_at = now()
                    where tenant_id = $1 and id = $2
                    """,
                    token, work.Tenant, document.Id);
                await DocumentVersions.PublishedAsync(work, document.Id, token);
            },
            resultJson: null, cancellation);
        signals.Changed(job.Tenant, document.Id.Value);
    }

    private static async Task HoldAsync(TenantWork work, JobId job, DocumentId document, CancellationToken cancellation)
    {
        // Its key stays free: those who read its files share it.
        if (!await work.ScalarAsync<bool>(
            "select true from documents where tenant_id = $1 and id = $2 and job_id = $3 for no key update", cancellation, work.Tenant, document, job))
        {
            throw new DocumentGoneException();
        }
    }
}
