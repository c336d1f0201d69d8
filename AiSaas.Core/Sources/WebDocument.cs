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
    /// <param name="work">The transaction; it has locked the document.</param>
    /// <param name="versions">For what holds of every new version.</param>
    /// <param name="document">Which.</param>
    /// <param name="reading">The job that reads its original so far; null where it has none.</param>
    /// <param name="page">The new original.</param>
    /// <param name="cancellation">The job's.</param>
    public static async Task ReplaceAsync(
        TenantWork work, DocumentVersions versions, DocumentId document, JobId? reading, StoredPage page, CancellationToken cancellation)
    {
        KnownDocument known = new(document, page.Name, "", reading, IsSame: false);
        ReceivedFile file = new(page.Name, page.ContentType, page.File, page.Bytes, page.Sha256, Failure: null);
        await versions.ReplaceAsync(work, known, file, content: null, parent: null, cancellation);
        await work.ExecuteAsync(
            "update documents set name = $3, charset = $4 where tenant_id = $1 and id = $2",
            cancellation, work.Tenant, document, page.Name, SqlParameter.Typed(NpgsqlDbType.Text, page.Charset));
    }

    /// <summary>Reading it did not end well, and not by its content's fault: the next look takes the page again although it is the same.</summary>
    public static Task ForgetAsync(TenantWork work, DocumentId document, JobId job, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            update source_pages p set sha256 = null, etag = null, last_modified = null from documents d
            where d.tenant_id = $1 and d.id = $2 and d.job_id = $3 and p.tenant_id = $1 and p.document_id = $2
            """,
            cancellation, work.Tenant, document, job);

    /// <summary>Says why there is nothing to read. A document that has a version keeps it, and its state.</summary>
    public static Task FailAsync(TenantWork work, DocumentId document, Failure failure, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            update documents set status = 'failed', stage = 'failed', error_code = $3, error_detail = $4, eta_seconds = null, updated_at = now()
            where tenant_id = $1 and id = $2 and version is null and status = 'queued'
                and not exists (select from files f where f.tenant_id = $1 and f.document_id = $2)
            """,
            cancellation, work.Tenant, document, failure.Code, failure.Detail);
}
