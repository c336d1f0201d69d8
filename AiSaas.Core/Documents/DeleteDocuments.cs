using AiSaas.Contracts.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Quality;
using AiSaas.Core.Redis;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Documents;

/// <summary>Deletes documents and says what went, counted in the transaction that removed it.</summary>
/// <remarks>A worker may be reading the document meanwhile. It writes only in transactions that find the document's row, so
/// what it still does is rolled back; its job is canceled as soon as the rows are gone. Rows are locked without their keys: who
/// updates a document twice in a transaction shares the keys of its collection and its archive, and would wait for us while we wait
/// for it.</remarks>
public sealed class DeleteDocuments(TenantDatabase database, JobControl jobs, ChangeSignals signals, TimeProvider time)
{
    // A hundred thousand passages take Postgres a few seconds, a gigabyte of text minutes.
    private const int PatienceSeconds = 1_800;

    /// <returns>Null where the document doesn't exist.</returns>
    public Task<DeletionReceipt?> DocumentAsync(TenantId tenant, DocumentId document, CancellationToken cancellation) =>
        DeleteAsync(
            tenant,
            """
            with recursive doomed as (
                select id from documents where tenant_id = $1 and id = $2
                union all
                select c.id from documents c join doomed d on c.parent_id = d.id where c.tenant_id = $1)
            select d.id, d.job_id from documents d join doomed using (id) where d.tenant_id = $1 order by d.id for no key update of d
            """,
            document.Value,
            // What is being unpacked adds nothing from here on.
            (work, token) => work.ScalarAsync<bool>(
                "select true from documents where tenant_id = $1 and id = $2 for no key update", token, work.Tenant, document),
            mustExist: true, cancellation);

    /// <summary>Deletes what a new version of an archive no longer has.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="container">The archive.</param>
    /// <param name="version">Its version; what came in an earlier one goes.</param>
    /// <param name="cancellation">The caller's.</param>
    public Task<DeletionReceipt?> StalePartsAsync(TenantId tenant, DocumentId container, long version, CancellationToken cancellation) =>
        DeleteAsync(
            tenant,
            $"""
            with recursive doomed as (
                select id from documents where tenant_id = $1 and parent_id = $2 and parent_version <> {version}
                union all
                select c.id from documents c join doomed d on c.parent_id = d.id where c.tenant_id = $1)
            select d.id, d.job_id from documents d join doomed using (id) where d.tenant_id = $1 order by d.id for no key update of d
            """,
            container.Value, (_, _) => Task.FromResult(true), mustExist: true, cancellation);

    /// <summary>Deletes a collection with all its documents.</summary>
    /// <returns>Null where the collection doesn't exist.</returns>
    public Task<DeletionReceipt?> CollectionAsync(TenantId tenant, CollectionId collection, CancellationToken cancellation) =>
        DeleteAsync(
            tenant, "select id, job_id from documents where tenant_id = $1 and collection_id = $2 order by id for no key update", collection.Value,
            (work, token) => work.ScalarAsync<bool>(
                "select true from collections where tenant_id = $1 and id = $2 for no key update", token, work.Tenant, collection),
            mustExist: false, cancellation,
            (work, token) => work.ExecuteAsync("delete from collections where tenant_id = $1 and id = $2", token, work.Tenant, collection));

    /// <summary>Deletes the documents of something else, and that with them.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="which">SQL: (id, job_id) of the documents by $1, the tenant, and $2, the thing; locks them, in the order of their ids.</param>
    /// <param name="of">The thing.</param>
    /// <param name="exists">Whether it does; nothing is deleted where it doesn't.</param>
    /// <param name="last">Deletes it.</param>
    /// <param name="cancellation">The caller's.</param>
    internal Task<DeletionReceipt?> OfAsync(
        TenantId tenant, string which, Guid of, Func<TenantWork, CancellationToken, Task<bool>> exists,
        Func<TenantWork, CancellationToken, Task> last, CancellationToken cancellation) =>
        DeleteAsync(tenant, which, of, exists, mustExist: false, cancellation, last);

    private async Task<DeletionReceipt?> DeleteAsync(
        TenantId tenant, string which, Guid id, Func<TenantWork, CancellationToken, Task<bool>> exists, bool mustExist,
        CancellationToken cancellation, Func<TenantWork, CancellationToken, Task>? last = null)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await exists(work, cancellation))
        {
            return null;
        }

        var doomed = await work.QueryAsync(
            which, row => (Document: DocumentId.From(row.GetGuid(0)), Job: row.IsDBNull(1) ? (JobId?)null : JobId.From(row.GetGuid(1))),
            cancellation, tenant, id);
        if (doomed.Count == 0 && mustExist)
        {
            return null;
        }

        var counted = await RemoveAsync(work, [.. doomed.Select(row => row.Document)], cancellation);
        if (last is not null)
        {
            await last(work, cancellation);
        }

        await work.CommitAsync(cancellation);
        int canceled = await CancelAsync(tenant, [.. doomed.Where(row => row.Job is not null).Select(row => row.Job!.Value)]);
        foreach (var (document, _) in doomed)
        {
            signals.Changed(tenant, document.Value);
        }

        return counted with { Jobs = canceled };
    }

    // The rows are gone: the caller's hanging up must not keep the jobs running.
    private async Task<int> CancelAsync(TenantId tenant, JobId[] ids)
    {
        List<(JobId Id, JobId? Parent)> active;
        await using (var work = await database.BeginAsync(tenant, CancellationToken.None))
        {
            active = await work.QueryAsync(
                "select id, parent_id from jobs where tenant_id = $1 and id = any($2) and status in ('queued', 'running', 'waiting')",
                row => (JobId.From(row.GetGuid(0)), row.IsDBNull(1) ? (JobId?)null : JobId.From(row.GetGuid(1))), CancellationToken.None,
                tenant, SqlParameter.Ids(ids));
        }

        // Canceling an archive's job cancels those of its files.
        var all = active.Select(job => job.Id).ToHashSet();
        foreach (var (job, _) in active.Where(job => job.Parent is not { } parent || !all.Contains(parent)))
        {
            await jobs.CancelAsync(tenant, job, "deleted", CancellationToken.None);
        }

        return active.Count;
    }

    private async Task<DeletionReceipt> RemoveAsync(TenantWork work, DocumentId[] documents, CancellationToken cancellation)
    {
        // Children are deleted by name, so that each is counted as it goes; the cascades then find nothing.
        await using var command = work.Command(
            """
            with c as (delete from chunks where tenant_id = $1 and document_id = any($2) returning 1),
                p as (delete from document_pages where tenant_id = $1 and document_id = any($2) returning 1),
                f as (delete from files where tenant_id = $1 and document_id = any($2) returning bytes),
                e as (delete from embedding_cache where tenant_id = $1 and document_id = any($2) returning 1)
            select (select count(*)::int from p), (select count(*)::int from c), (select count(*)::int from f),
                (select coalesce(sum(bytes), 0)::bigint from f), (select count(*)::int from e)
            """,
            work.Tenant, SqlParameter.Ids(documents));
        command.CommandTimeout = PatienceSeconds;
        var (pages, chunks, files, bytes, cached) = await ReadAsync(command, cancellation);
        int hits = await QueryRecords.ForgetAsync(work, documents, cancellation);
        int quotes = await GoldenRows.EraseQuotesAsync(work, documents, cancellation);
        // Last before the commit: it locks the tenant's word statistics.
        var index = await ChunkIndexer.RemoveAsync(work, documents, cancellation);
        int deleted = await work.ExecuteAsync(
            "delete from documents where tenant_id = $1 and id = any($2)", cancellation, work.Tenant, SqlParameter.Ids(documents));
        return new DeletionReceipt(
            deleted, pages, chunks, index.Vectors, index.Passages, files, bytes, CacheEntries: cached, Jobs: 0, time.GetUtcNow(), hits, quotes);
    }

    private static async Task<(int Pages, int Chunks, int Files, long Bytes, int Cached)> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt64(3), reader.GetInt32(4));
    }
}
