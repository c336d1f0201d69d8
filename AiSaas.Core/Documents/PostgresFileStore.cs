using System.Security.Cryptography;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>Originals as rows of 1 MiB (ADR 2026-11-21, files in Postgres).</summary>
internal sealed class PostgresFileStore(TenantDatabase database) : IFileStore
{
    internal const int BlockBytes = IFileStore.BlockBytes;
    private const int HeadBytes = 64 << 10;

    public async Task<WrittenFile> WriteAsync(TenantId tenant, Stream content, long limit, CancellationToken cancellation)
    {
        var file = FileId.New();
        await CreateAsync(tenant, file, cancellation);
        try
        {
            var written = await CopyAsync(tenant, file, content, limit, cancellation);
            if (written.Id is null)
            {
                await DiscardAsync(tenant, file, cancellation);
            }

            return written;
        }
        catch
        {
            // The request may be gone; what it left must not stay. A killed process's leftovers fall to CreateAsync.
            using CancellationTokenSource cleanup = new(TimeSpan.FromSeconds(10), TimeProvider.System);
            await DiscardAsync(tenant, file, cleanup.Token);
            throw;
        }
    }

    public async Task AttachAsync(TenantWork work, FileId file, DocumentId document, CancellationToken cancellation)
    {
        int attached = await work.ExecuteAsync(
            "update files set document_id = $2 where id = $1 and document_id is null", cancellation, file, document);
        if (attached != 1)
        {
            throw new InvalidOperationException($"File {file} is gone or belongs to another document.");
        }
    }

    public async Task KeepAsync(TenantWork work, FileId file, DateTimeOffset until, CancellationToken cancellation)
    {
        int kept = await work.ExecuteAsync(
            "update files set kept_until = $2 where id = $1 and document_id is null", cancellation, file, until.ToUniversalTime());
        if (kept != 1)
        {
            throw new InvalidOperationException($"File {file} is gone or belongs to a document.");
        }
    }

    public Task DiscardAsync(TenantId tenant, FileId file, CancellationToken cancellation) =>
        database.RunAsync(tenant, (work, token) => DeleteAsync(work, file, token), cancellation);

    public Task DiscardAsync(TenantWork work, FileId file, CancellationToken cancellation) => DeleteAsync(work, file, cancellation);

    public async Task AddAsync(TenantWork work, IReadOnlyList<SmallFile> small, CancellationToken cancellation)
    {
        Guid[] ids = [.. small.Select(_ => FileId.New().Value)];
        await work.ExecuteAsync(
            "insert into files (id, tenant_id, document_id, bytes) select n.id, $1, n.document, n.bytes from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as n (id, document, bytes)",
            cancellation, work.Tenant, ids, SqlParameter.Ids(small.Select(file => file.Document)), small.Select(file => (long)file.Content.Length).ToArray());
        await work.ExecuteAsync(
            "insert into file_blocks (tenant_id, file_id, ordinal, content) select $1, n.id, 0, n.content from unnest($2::uuid[], $3::bytea[]) as n (id, content)",
            cancellation, work.Tenant, ids, small.Select(file => file.Content).ToArray());
    }

    public async Task<Stream?> OpenAsync(TenantId tenant, DocumentId document, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            "select id, bytes from files where document_id = $1 and superseded is null",
            row => (Id: FileId.From(row.GetGuid(0)), Bytes: row.GetInt64(1)), cancellation, document);
        return found is [var file] ? new FileBlockStream(database, tenant, file.Id, file.Bytes) : null;
    }

    public async Task<Stream?> OpenAsync(TenantId tenant, FileId file, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.ScalarAsync<long?>("select bytes from files where id = $1 and kept_until > now()", cancellation, file) is { } bytes
            ? new FileBlockStream(database, tenant, file, bytes)
            : null;
    }

    private async Task CreateAsync(TenantId tenant, FileId file, CancellationToken cancellation) =>
        await database.RunAsync(
            tenant,
            async (work, token) =>
            {
                // An upload takes hours at most; what is older was left by a process that died.
                await work.ExecuteAsync(
                    """
                    delete from files where document_id is null and created_at < now() - interval '1 day'
                        and (kept_until is null or kept_until < now())
                    """, token);
                return await work.ExecuteAsync("insert into files (id, tenant_id) values ($1, $2)", token, file, tenant);
            },
            cancellation);

    public async Task<FileId> CreateAsync(TenantWork work, DateTimeOffset until, CancellationToken cancellation)
    {
        var file = FileId.New();
        await work.ExecuteAsync(
            "insert into files (id, tenant_id, kept_until) values ($1, $2, $3)", cancellation, file, work.Tenant, until.ToUniversalTime());
        return file;
    }

    public async Task AppendAsync(
        TenantWork work, FileId file, long at, ReadOnlyMemory<byte> piece, DateTimeOffset until, CancellationToken cancellation)
    {
        int ordinal = (int)(at / BlockBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((at % BlockBytes) + piece.Length, BlockBytes);
        if (!piece.IsEmpty)
        {
            await work.ExecuteAsync(
                at % BlockBytes == 0
                    ? "insert into file_blocks (tenant_id, file_id, ordinal, content) values ($1, $2, $3, $4)"
                    : "update file_blocks set content = content || $4 where tenant_id = $1 and file_id = $2 and ordinal = $3",
                cancellation, work.Tenant, file, ordinal, piece);
        }

        int kept = await work.ExecuteAsync(
            "update files set bytes = bytes + $3, kept_until = $4 where tenant_id = $1 and id = $2 and bytes = $5 and document_id is null",
            cancellation, work.Tenant, file, (long)piece.Length, until.ToUniversalTime(), at);
        if (kept != 1)
        {
            throw new InvalidOperationException($"File {file} is gone, or not {at} bytes long.");
        }
    }

    public async Task<WrittenFile?> DescribeAsync(TenantId tenant, FileId file, byte[]? sha256, CancellationToken cancellation)
    {
        if (await OpenAsync(tenant, file, cancellation) is not { } content)
        {
            return null;
        }

        await using (content)
        {
            byte[] head = new byte[Math.Min(HeadBytes, content.Length)];
            await content.ReadExactlyAsync(head, cancellation);
            content.Position = 0;
            return new WrittenFile(file, content.Length, sha256 ?? await SHA256.HashDataAsync(content, cancellation), head);
        }
    }

    private static Task<int> DeleteAsync(TenantWork work, FileId file, CancellationToken cancellation) =>
        work.ExecuteAsync("delete from files where id = $1 and document_id is null", cancellation, file);

    private async Task<WrittenFile> CopyAsync(
        TenantId tenant, FileId file, Stream content, long limit, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[BlockBytes];
        byte[] head = [];
        long bytes = 0;
        for (int ordinal = 0; ; ordinal++)
        {
            int read = await content.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellation);
            if (bytes + read > limit)
            {
                return new WrittenFile(null, limit, [], head);
            }

            if (ordinal == 0)
            {
                head = block[..Math.Min(read, HeadBytes)];
            }

            if (read > 0)
            {
                hash.AppendData(block, 0, read);
                bytes += read;
                await AppendAsync(tenant, file, ordinal, block.AsMemory(0, read), cancellation);
            }

            if (read < block.Length)
            {
                return new WrittenFile(file, bytes, hash.GetHashAndReset(), head);
            }
        }
    }

    private async Task AppendAsync(
        TenantId tenant, FileId file, int ordinal, ReadOnlyMemory<byte> block, CancellationToken cancellation) =>
        await database.RunAsync(
            tenant,
            async (work, token) =>
            {
                await work.ExecuteAsync(
                    "insert into file_blocks (tenant_id, file_id, ordinal, content) values ($1, $2, $3, $4)",
                    token, tenant, file, ordinal, block);
                return await work.ExecuteAsync("update files set bytes = bytes + $2 where id = $1", token, file, block.Length);
            },
            cancellation);
}
