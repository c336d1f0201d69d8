using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Documents;

/// <summary>A file as it came, stored or refused.</summary>
/// <param name="Name">Safe to store and show.</param>
/// <param name="File">Null where nothing was kept.</param>
/// <param name="Failure">Why it can't be read; null where it can.</param>
public sealed record ReceivedFile(string Name, string ContentType, FileId? File, long Bytes, byte[] Sha256, Failure? Failure);

/// <summary>The archive or mail that a document came in.</summary>
/// <param name="Document">The container.</param>
/// <param name="Root">The outermost container; <paramref name="Document"/> itself where it came in nothing.</param>
/// <param name="Entry">Where in the container: unique there, up to 600 characters.</param>
/// <param name="Version">The container's version that has it.</param>
/// <param name="Job">The job that waits for the document's own; null where none does.</param>
public sealed record DocumentParent(DocumentId Document, DocumentId Root, string Entry, long Version, JobId? Job);

/// <summary>Takes files in: first each one's bytes, then all of them together as documents with their jobs.</summary>
public sealed class UploadDocuments(
    TenantDatabase database, IFileStore files, JobQueue jobs, DocumentVersions versions, TenantLimits limits)
{
    /// <summary>What one file may have, in bytes.</summary>
    public long MaxBytes => limits.Of("free").MaxUploadBytes;

    /// <summary>The same in words.</summary>
    public string MaxWords => MaxBytes % (1L << 30) == 0 ? $"{MaxBytes >> 30} GB" : $"{MaxBytes / (1024.0 * 1024):0.#} MB";

    /// <summary>Streams one file into the store and says what it is.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="fileName">As it was given, with its folders.</param>
    /// <param name="content">Read to its end.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<ReceivedFile> ReceiveAsync(
        TenantId tenant, string? fileName, Stream content, CancellationToken cancellation)
    {
        string name = DocumentFormats.SafePath(fileName);
        var written = await files.WriteAsync(tenant, content, MaxBytes, cancellation);
        return await ReceivedAsync(tenant, name, written, cancellation);
    }

    /// <summary>The same of a file that is stored already. What can't be read is not kept.</summary>
    public async Task<ReceivedFile> ReceivedAsync(TenantId tenant, string name, WrittenFile written, CancellationToken cancellation)
    {
        var received = Judge(name, written);
        if (received.File is null && written.Id is { } file)
        {
            await files.DiscardAsync(tenant, file, cancellation);
        }

        return received;
    }

    /// <summary>Says what a stored file is. Where the answer has no file, the stored one is to be discarded.</summary>
    public ReceivedFile Judge(string name, WrittenFile written)
    {
        var recognition = DocumentFormats.Recognize(name, written.Head);
        var failure = written.Id is null ? TooLarge(MaxWords) : (recognition as Recognition.Refused)?.Failure;
        return new ReceivedFile(name, recognition.ContentType, failure is null ? written.Id : null, written.Bytes, written.Sha256, failure);
    }

    /// <summary>Writes the documents and their jobs in one transaction: all of an upload is taken, or nothing.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="user">Who brings them.</param>
    /// <param name="collection">Where to.</param>
    /// <param name="received">The files.</param>
    /// <param name="keepDuplicates">Makes a new document of each, whatever is there already.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>Null where the collection doesn't exist.</returns>
    public Task<IReadOnlyList<UploadedDocument>?> AcceptAsync(
        TenantId tenant, UserId user, CollectionId collection, IReadOnlyList<ReceivedFile> received, bool keepDuplicates,
        CancellationToken cancellation) =>
        database.RunAsync(
            tenant, (work, token) => AcceptAsync(work, user, collection, received, keepDuplicates, token), cancellation);

    /// <summary>The same within a transaction of the caller.</summary>
    public async Task<IReadOnlyList<UploadedDocument>?> AcceptAsync(
        TenantWork work, UserId? user, CollectionId collection, IReadOnlyList<ReceivedFile> received, bool keepDuplicates,
        CancellationToken cancellation)
    {
        // Those who add to the collection at the same time take turns, so that each sees what the other added.
        if (!await work.ScalarAsync<bool>(
            "select true from collections where tenant_id = $1 and id = $2 for no key update", cancellation, work.Tenant, collection))
        {
            return null;
        }

        List<UploadedDocument> documents = [];
        foreach (var file in received)
        {
            var known = keepDuplicates || file.Failure is not null ? null : await DocumentVersions.FindAsync(work, collection, file, cancellation);
            documents.Add(known switch
            {
                null => await AddAsync(work, user, collection, file, null, cancellation),
                { IsSame: true } => await versions.KeepAsync(work, known, file, cancellation),
                _ => await versions.ReplaceAsync(work, known, file, null, null, cancellation),
            });
        }

        return documents;
    }

    /// <summary>Forgets files of an upload that was not accepted.</summary>
    public async Task DiscardAsync(TenantId tenant, IEnumerable<ReceivedFile> received, CancellationToken cancellation)
    {
        foreach (var file in received)
        {
            if (file.File is { } id)
            {
                await files.DiscardAsync(tenant, id, cancellation);
            }
        }
    }

    /// <summary>How many more documents the workspace may hold.</summary>
    public async Task<int> RoomAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await RoomAsync(work, cancellation);
    }

    /// <summary>The same within a transaction of the caller.</summary>
    public async Task<int> RoomAsync(TenantWork work, CancellationToken cancellation) =>
        limits.Of("free").MaxDocuments
        - await work.ScalarAsync<int>("select count(*)::int from documents where tenant_id = $1", cancellation, work.Tenant);

    /// <summary>Makes a new document, with the job that reads it, in a transaction of the caller.</summary>
    /// <param name="work">The transaction.</param>
    /// <param name="user">Who brings it; null where that person is gone.</param>
    /// <param name="collection">Where to; the caller has seen that it exists.</param>
    /// <param name="file">The file.</param>
    /// <param name="parent">What it came in; null where it came by itself.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<UploadedDocument> AddAsync(
        TenantWork work, UserId? user, CollectionId collection, ReceivedFile file, DocumentParent? parent, CancellationToken cancellation)
    {
        var id = DocumentId.New();
        JobId? job = file.Failure is null ? JobId.New() : null;
        string status = file.Failure is null ? "queued" : "failed";
        await work.ExecuteAsync(
            """
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage,
                error_code, error_detail, job_id, created_by, parent_id, root_id, entry, parent_version)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            cancellation, id, work.Tenant, collection, file.Name, file.ContentType, file.Bytes, file.Sha256, status,
            SqlParameter.Typed(NpgsqlDbType.Text, file.Failure?.Code), SqlParameter.Typed(NpgsqlDbType.Text, file.Failure?.Detail),
            SqlParameter.Typed(NpgsqlDbType.Uuid, job?.Value), SqlParameter.Typed(NpgsqlDbType.Uuid, user?.Value),
            SqlParameter.Typed(NpgsqlDbType.Uuid, parent?.Document.Value),
            SqlParameter.Typed(NpgsqlDbType.Uuid, parent?.Root.Value), SqlParameter.Typed(NpgsqlDbType.Text, parent?.Entry),
            SqlParameter.Typed(NpgsqlDbType.Bigint, parent?.Version));
        if (job is { } queued)
        {
            await files.AttachAsync(work, file.File!.Value, id, cancellation);
            await jobs.EnqueueAsync(work, IngestJob.For(id, queued) with { Parent = parent?.Job }, cancellation);
        }

        return new UploadedDocument(id.Value, file.Name, job?.Value, status, file.Failure);
    }

    private static Failure TooLarge(string limit) => new(
        "documents:too-large", $"The file is larger than {limit}, which is the most that one document may have.");
}
