using AiSaas.Contracts.Common;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using NpgsqlTypes;

namespace AiSaas.Core.Sources;

/// <summary>What a page's answer was, once its bytes are stored.</summary>
/// <param name="Charset">As the server named it; null where it named none.</param>
public sealed record StoredPage(FileId File, string Name, string ContentType, string? Charset, long Bytes, byte[] Sha256);

/// <summary>The rows of a document whose original is fetched, not uploaded.</summary>
internal static class WebDocument
{
    /// <summary>A document that waits for its original.</summary>
    public static Task CreateAsync(
        TenantWork work, DocumentId document, CollectionId collection, string name, string url, UserId? user, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage, url, created_by)
            values ($1, $2, $3, $4, 'application/octet-stream', 0, ''::bytea, 'queued', 'queued', $5, $6)
            """,
            cancellation, document, work.Tenant, collection, name, url, SqlParameter.Typed(NpgsqlDbType.Uuid, user?.Value));

    /// <summary>Gives the document a new original to read. The version that readers see stays until the new one is whole.</summary>
    /// <remarks>The document's row is locked by the caller, and its job is another from here on: whoever reads an older original
    /// finds that out with its next write.</remarks>
    public static async Task ReplaceAsync(
        TenantWork work, IFileStore files, JobQueue jobs, DocumentId document, bool isPublished, StoredPage page, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            $"delete from files where tenant_id = $1 and document_id = $2 {(isPublished ? "and staged" : "")}", cancellation, work.Tenant, document);
        var job = JobId.New();
        if (isPublished)
        {
            // Before it is attached: a document has one original of either kind.
            await work.ExecuteAsync(
                "update files set staged = true, name = $3, content_type = $4, charset = $5, sha256 = $6 where tenant_id = $1 and id = $2",
                cancellation, work.Tenant, page.File, page.Name, page.ContentType, SqlParameter.Typed(NpgsqlDbType.Text, page.Charset), page.Sha256);
            await work.ExecuteAsync(
                """
                update documents set stage = 'queued', progress = 0, eta_seconds = null, staged_stage = null, notice = null, job_id = $3, updated_at = now()
                where tenant_id = $1 and id = $2
                """,
                cancellation, work.Tenant, document, job);
        }
        else
        {
            await work.ExecuteAsync(
                """
                update documents set name = $4, content_type = $5, charset = $6, bytes = $7, sha256 = $8, status = 'queued', stage = 'queued',
                    progress = 0, eta_seconds = null, staged_stage = null, error_code = null, error_detail = null, job_id = $3, updated_at = now()
                where tenant_id = $1 and id = $2
                """,
                cancellation, work.Tenant, document, job, page.Name, page.ContentType,
                SqlParameter.Typed(NpgsqlDbType.Text, page.Charset), page.Bytes, page.Sha256);
        }

        await files.AttachAsync(work, page.File, document, cancellation);
        await jobs.EnqueueAsync(work, IngestJob.For(document, job), cancellation);
    }

    /// <summary>Says why there is nothing to read. A document that has a version keeps it, and its state.</summary>
    public static Task FailAsync(TenantWork work, DocumentId document, Failure failure, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            update documents set status = 'failed', stage = 'failed', error_code = $3, error_detail = $4, eta_seconds = null, updated_at = now()
            where tenant_id = $1 and id = $2 and version is null and status = 'queued'
                and not exists (select from files f where f.tenant_id = $1 and f.document_id = $2)
            """,
            cancellation, work.Tenant, document, failure.Code, failure.Detail);

    /// <summary>The newer original becomes the document's own, with the version that was read from it. Nothing where there is none.</summary>
    public static async Task PromoteAsync(TenantWork work, DocumentId document, CancellationToken cancellation)
    {
        int promoted = await work.ExecuteAsync(
            """
            update documents d set name = f.name, content_type = f.content_type, charset = f.charset, sha256 = f.sha256, bytes = f.bytes
            from files f where d.tenant_id = $1 and d.id = $2 and f.tenant_id = $1 and f.document_id = $2 and f.staged
            """,
            cancellation, work.Tenant, document);
        if (promoted == 1)
        {
            await work.ExecuteAsync("delete from files where tenant_id = $1 and document_id = $2 and not staged", cancellation, work.Tenant, document);
            await work.ExecuteAsync("update files set staged = false where tenant_id = $1 and document_id = $2", cancellation, work.Tenant, document);
        }
    }
}
