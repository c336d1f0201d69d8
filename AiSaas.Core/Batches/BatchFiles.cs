using AiSaas.Core.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Core.Batches;

/// <summary>A file of <c>/v1/files</c>: brought by a client, or the lines of a batch that has ended.</summary>
/// <param name="Content">Where its bytes are; null for lines of <paramref name="Batch"/>.</param>
/// <param name="IsErrors">Of a batch's lines: those of requests that failed.</param>
public sealed record BatchFile(
    BatchFileId Id, string Name, long Bytes, FileId? Content, JobId? Batch, bool IsErrors, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>In the API's words.</summary>
    public string Purpose => Batch is null ? "batch" : "batch_output";
}

/// <summary>The workspace's files for batches.</summary>
public sealed class BatchFiles(TenantDatabase database, IFileStore store, IOptions<BatchOptions> options, TimeProvider clock)
{
    private const string Columns = "id, name, bytes, content, batch_id, errors, created_at, expires_at";

    /// <summary>The largest file that is taken, in bytes.</summary>
    public long MaxBytes => options.Value.MaxBytes;

    /// <summary>How long a file is kept that says nothing else; nobody's is kept longer.</summary>
    public TimeSpan Lifetime => options.Value.Lifetime;

    /// <summary>Streams a file into the store. It is nobody's until it is kept.</summary>
    public Task<WrittenFile> ReceiveAsync(TenantId tenant, Stream content, CancellationToken cancellation) =>
        store.WriteAsync(tenant, content, MaxBytes, cancellation);

    public Task DiscardAsync(TenantId tenant, FileId file, CancellationToken cancellation) => store.DiscardAsync(tenant, file, cancellation);

    /// <returns>Null where the workspace has as many files as it may.</returns>
    public Task<BatchFile?> KeepAsync(GatewayCaller caller, FileId content, string name, long bytes, TimeSpan lifetime, CancellationToken cancellation) =>
        database.RunAsync(
            caller.Tenant,
            async (work, token) =>
            {
                if (await work.ScalarAsync<long>("select count(*) from batch_files where tenant_id = $1 and content is not null", token, work.Tenant) >= options.Value.MaxFiles)
                {
                    return null;
                }

                var now = clock.GetUtcNow();
                BatchFile file = new(BatchFileId.New(), name, bytes, content, null, false, now, now + lifetime);
                await store.KeepAsync(work, content, file.ExpiresAt, token);
                await work.ExecuteAsync(
                    "insert into batch_files (tenant_id, id, user_id, name, bytes, content, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
                    token, work.Tenant, file.Id, caller.User, name, bytes, content, now, file.ExpiresAt);
                return file;
            },
            cancellation);

    /// <returns>Null where the workspace has no such file.</returns>
    public async Task<BatchFile?> FindAsync(TenantId tenant, BatchFileId file, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await FindAsync(work, file, cancellation);
    }

    /// <summary>One more than asked for, if there is one.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="purpose">Null for all.</param>
    /// <param name="after">The file that the list goes on after.</param>
    /// <param name="isAscending">Oldest first.</param>
    /// <param name="limit">How many.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<IReadOnlyList<BatchFile>> ListAsync(
        TenantId tenant, string? purpose, BatchFileId? after, bool isAscending, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            $"""
            select {Columns} from batch_files
            where tenant_id = $1 and expires_at > now() and ($2 = '' or ($2 = 'batch') = (batch_id is null)) and ($3 is null or id {(isAscending ? ">" : "<")} $3)
            order by id {(isAscending ? "asc" : "desc")} limit $4
            """,
            Read, cancellation, tenant, purpose ?? "", SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Uuid, after?.Value), limit + 1);
    }

    /// <summary>The bytes of a file that a client brought; null where they are gone.</summary>
    public async Task<Stream?> OpenAsync(TenantId tenant, BatchFile file, CancellationToken cancellation) =>
        file.Content is { } content ? await store.OpenAsync(tenant, content, cancellation) : null;

    /// <summary>Forgets a file. A batch keeps its results for <c>/api/jobs</c> when their file is gone.</summary>
    /// <returns>False where there is none.</returns>
    public Task<bool> DeleteAsync(TenantId tenant, BatchFileId file, CancellationToken cancellation) =>
        database.RunAsync(
            tenant,
            async (work, token) =>
            {
                if (await FindAsync(work, file, token) is not { } found)
                {
                    return false;
                }

                await work.ExecuteAsync("delete from batch_files where tenant_id = $1 and id = $2", token, tenant, file);
                if (found.Content is { } content)
                {
                    await work.ExecuteAsync("delete from files where id = $1 and document_id is null", token, content);
                }

                return true;
            },
            cancellation);

    internal static async Task<BatchFile?> FindAsync(TenantWork work, BatchFileId file, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            $"select {Columns} from batch_files where tenant_id = $1 and id = $2 and expires_at > now()", Read, cancellation, work.Tenant, file);
        return found is [var one] ? one : null;
    }

    private static BatchFile Read(NpgsqlDataReader row) => new(
        BatchFileId.From(row.GetGuid(0)), row.GetString(1), row.GetInt64(2), row.IsDBNull(3) ? null : FileId.From(row.GetGuid(3)),
        row.IsDBNull(4) ? null : JobId.From(row.GetGuid(4)), row.GetBoolean(5), row.GetFieldValue<DateTimeOffset>(6), row.GetFieldValue<DateTimeOffset>(7));
}
