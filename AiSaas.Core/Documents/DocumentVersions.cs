using AiSaas.Contracts.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Retrieval;

namespace AiSaas.Core.Documents;

/// <summary>A document of the collection that an upload turns out to be.</summary>
/// <param name="IsSame">It has exactly this content, and is not failed.</param>
internal sealed record KnownDocument(DocumentId Id, string Name, string Status, JobId? Job, bool IsSame);

/// <summary>What an upload is to what is there already: the same content again, or a new version of the document of its name.</summary>
/// <remarks>
/// <code>
/// same content, any name     → that document; nothing is added       (duplicateOf)
/// same name, other content   → a new version of that document        (replaces)
/// neither                    → a new document
/// </code>
/// Only documents that came by themselves count: what lies in an archive is the archive's. While a new version is read, search and
/// readers see the one before; its original is kept beside (<c>files.superseded</c>, with what the row said of it) until the new
/// version is published, and comes back if that never happens. Locks: collection, document, job.
/// </remarks>
public sealed class DocumentVersions(IFileStore files, JobQueue jobs, ChangeSignals signals)
{
    /// <summary>Locks what it finds; what comes from the web is its address's to replace. The caller has the collection's lock, so that nobody adds the same meanwhile.</summary>
    internal static async Task<KnownDocument?> FindAsync(
        TenantWork work, CollectionId collection, ReceivedFile file, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            """
            select id, name, status, job_id, sha256 = $4 and bytes = $5 and status <> 'failed' from documents
            where tenant_id = $1 and collection_id = $2 and parent_id is null and url is null
                and (name = $3 or (sha256 = $4 and bytes = $5 and status <> 'failed'))
            order by 5 desc, version is not null desc, id desc limit 1 for update
            """,
            row => new KnownDocument(
                DocumentId.From(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : JobId.From(row.GetGuid(3)), row.GetBoolean(4)),
            cancellation, work.Tenant, collection, file.Name, file.Sha256, file.Bytes);
        return found is [var known] ? known : null;
    }

    /// <summary>Leaves the document as it is and forgets the second copy.</summary>
    internal async Task<UploadedDocument> KeepAsync(
        TenantWork work, KnownDocument known, ReceivedFile file, CancellationToken cancellation)
    {
        await files.DiscardAsync(work, file.File!.Value, cancellation);
        return new UploadedDocument(known.Id.Value, known.Name, known.Job?.Value, known.Status, DuplicateOf: known.Id.Value);
    }

    /// <summary>Makes the file the document's next version and submits the job that reads it.</summary>
    /// <param name="work">The transaction; it has locked the document.</param>
    /// <param name="known">The document.</param>
    /// <param name="file">Readable.</param>
    /// <param name="content">Its bytes, where they are not stored yet.</param>
    /// <param name="parent">The job that waits for it; null where none does.</param>
    /// <param name="cancellation">The caller's.</param>
    internal async Task<UploadedDocument> ReplaceAsync(
        TenantWork work, KnownDocument known, ReceivedFile file, byte[]? content, JobId? parent, CancellationToken cancellation)
    {
        var job = JobId.New();
        await SupersedeAsync(work, known.Id, cancellation);
        await (content is null
            ? files.AttachAsync(work, file.File!.Value, known.Id, cancellation)
            : files.AddAsync(work, [new SmallFile(known.Id, content)], cancellation));
        string status = (await work.ScalarAsync<string>(
            """
            update documents set content_type = $3, bytes = $4, sha256 = $5, title = null, notice = null, job_id = $6,
                status = case when version is null then 'queued' else 'ready' end, stage = 'queued', progress = 0, eta_seconds = null,
                error_code = null, error_detail = null, staged_stage = null, updated_at = now()
            where tenant_id = $1 and id = $2 returning status
            """,
            cancellation, work.Tenant, known.Id, file.ContentType, file.Bytes, file.Sha256, job))!;
        if (known.Job is { } before)
        {
            // What it would still do finds that the document is another job's by now.
            await jobs.CancelAsync(work, before, "replaced", cancellation);
        }

        await jobs.EnqueueAsync(work, IngestJob.For(known.Id, job) with { Parent = parent }, cancellation);
        signals.ChangedWhenCommitted(work, known.Id);
        return new UploadedDocument(known.Id.Value, known.Name, job.Value, status, Replaces: known.Id.Value);
    }

    /// <summary>The new version is the one that is found: the original of the one before goes.</summary>
    public static Task<int> PublishedAsync(TenantWork work, DocumentId document, CancellationToken cancellation) =>
        work.ExecuteAsync(
            "delete from files where tenant_id = $1 and document_id = $2 and superseded is not null", cancellation, work.Tenant, document);

    /// <summary>The new version will never be read: the document is again what it was before.</summary>
    /// <param name="work">The transaction that ends the version's job.</param>
    /// <param name="document">Which.</param>
    /// <param name="job">That job.</param>
    /// <param name="why">For people.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>False where there was no version before.</returns>
    internal static async Task<bool> RestoreAsync(TenantWork work, DocumentId document, JobId job, string why, CancellationToken cancellation)
    {
        int restored = await work.ExecuteAsync(
            """
            update documents d set name = coalesce(s.was->>'name', d.name), charset = s.was->>'charset', content_type = s.was->>'contentType', bytes = (s.was->>'bytes')::bigint,
                sha256 = decode(s.was->>'sha256', 'hex'), title = s.was->>'title', pages = (s.was->>'pages')::int,
                chunks = (s.was->>'chunks')::int, status = 'ready', stage = 'ready', progress = 1, eta_seconds = null, staged_stage = null,
                notice = left(concat_ws(' ', s.was->>'notice', case when d.url is null then 'A newer upload of this name was not taken over: ' else 'Its newer content could not be read, and this stays: ' end || $4), 2000), updated_at = now()
            from (select superseded as was from files where tenant_id = $1 and document_id = $2 and superseded is not null) s
            where d.tenant_id = $1 and d.id = $2 and d.job_id = $3
            """,
            cancellation, work.Tenant, document, job, why);
        if (restored == 0)
        {
            return false;
        }

        await work.ExecuteAsync(
            "delete from files where tenant_id = $1 and document_id = $2 and superseded is null", cancellation, work.Tenant, document);
        await work.ExecuteAsync("update files set superseded = null where tenant_id = $1 and document_id = $2", cancellation, work.Tenant, document);
        foreach (string table in (string[])["chunks", "document_pages"])
        {
            await work.ExecuteAsync(
                $"delete from {table} t using documents d where d.tenant_id = $1 and d.id = $2 and t.tenant_id = $1 and t.document_id = $2 and t.version <> d.version",
                cancellation, work.Tenant, document);
        }

        await ChunkIndexer.DropSlicesAsync(work, document, kept: -1, cancellation);
        return true;
    }

    // The original of the version that is found is kept, once; one that never came to be found is not.
    private static async Task SupersedeAsync(TenantWork work, DocumentId document, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            """
            update files f set superseded = jsonb_build_object('contentType', d.content_type, 'bytes', d.bytes, 'sha256', encode(d.sha256, 'hex'),
                'title', d.title, 'notice', d.notice, 'pages', d.pages, 'chunks', d.chunks, 'name', d.name, 'charset', d.charset)
            from documents d
            where d.tenant_id = $1 and d.id = $2 and d.version is not null and f.tenant_id = $1 and f.document_id = $2 and f.superseded is null
                and not exists (select from files o where o.tenant_id = $1 and o.document_id = $2 and o.superseded is not null)
            """,
            cancellation, work.Tenant, document);
        await work.ExecuteAsync(
            "delete from files where tenant_id = $1 and document_id = $2 and superseded is null", cancellation, work.Tenant, document);
    }
}
