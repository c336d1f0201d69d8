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

/// <summary>Takes files in: first each one's bytes, then all of them together as documents with their jobs.</summary>
public sealed class UploadDocuments(TenantDatabase database, IFileStore files, JobQueue jobs, TenantLimits limits)
{
    /// <summary>Streams one file into the store and says what it is.</summary>
    public async Task<ReceivedFile> ReceiveAsync(
        TenantId tenant, string? fileName, Stream content, CancellationToken cancellation)
    {
        string name = DocumentFormats.SafeName(fileName);
        long limit = limits.Of("free").MaxUploadBytes;
        var written = await files.WriteAsync(tenant, content, limit, cancellation);
        var recognition = DocumentFormats.Recognize(name, written.Head);
        var failure = written.Id is null ? TooLarge(limit) : (recognition as Recognition.Refused)?.Failure;
        if (failure is null)
        {
            return new ReceivedFile(name, recognition.ContentType, written.Id, written.Bytes, written.Sha256, null);
        }

        if (written.Id is { } file)
        {
            await files.DiscardAsync(tenant, file, cancellation);
        }

        return new ReceivedFile(name, recognition.ContentType, null, written.Bytes, written.Sha256, failure);
    }

    /// <summary>Writes the documents and their jobs in one transaction: all of an upload is taken, or nothing.</summary>
    /// <returns>Null where the collection doesn't exist.</returns>
    public Task<IReadOnlyList<UploadedDocument>?> AcceptAsync(
        TenantId tenant, UserId user, CollectionId collection, IReadOnlyList<ReceivedFile> received, CancellationToken cancellation) =>
        database.RunAsync<IReadOnlyList<UploadedDocument>?>(
            tenant,
            async (work, token) =>
            {
                if (!await work.ScalarAsync<bool>(
                    "select true from collections where tenant_id = $1 and id = $2 for key share", token, tenant, collection))
                {
                    return null;
                }

                List<UploadedDocument> documents = [];
                foreach (var file in received)
                {
                    documents.Add(await AddAsync(work, user, collection, file, token));
                }

                return documents;
            },
            cancellation);

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
        int most = limits.Of("free").MaxDocuments;
        return most - await work.ScalarAsync<int>("select count(*)::int from documents where tenant_id = $1", cancellation, tenant);
    }

    internal async Task<UploadedDocument> AddAsync(
        TenantWork work, UserId user, CollectionId collection, ReceivedFile file, CancellationToken cancellation)
    {
        var id = DocumentId.New();
        JobId? job = file.Failure is null ? JobId.New() : null;
        string status = file.Failure is null ? "queued" : "failed";
        await work.ExecuteAsync(
            """
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage,
                error_code, error_detail, job_id, created_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12)
            """,
            cancellation, id, work.Tenant, collection, file.Name, file.ContentType, file.Bytes, file.Sha256, status,
            SqlParameter.Typed(NpgsqlDbType.Text, file.Failure?.Code), SqlParameter.Typed(NpgsqlDbType.Text, file.Failure?.Detail),
            SqlParameter.Typed(NpgsqlDbType.Uuid, job?.Value), user);
        if (job is { } queued)
        {
            await files.AttachAsync(work, file.File!.Value, id, cancellation);
            await jobs.EnqueueAsync(work, IngestJob.For(id, queued), cancellation);
        }

        return new UploadedDocument(id.Value, file.Name, job?.Value, status, file.Failure);
    }

    private static Failure TooLarge(long limit) => new(
        "documents:too-large", $"The file is larger than {limit / (1024.0 * 1024):0.#} MB, which is the most that one document may have.");
}
