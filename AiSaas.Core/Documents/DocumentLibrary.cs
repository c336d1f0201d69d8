using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Contracts.Sources;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Documents;

/// <summary>Reads documents. Another workspace's document is null here: it does not exist.</summary>
public sealed class DocumentLibrary(TenantDatabase database)
{
    private const string Info = """
        select id, collection_id, name, content_type, status, stage, progress, eta_seconds, pages, chunks, bytes, title,
            error_code, error_detail, job_id, created_at, updated_at, ready_at, notice, parent_id, k.total, k.ready, k.failed,
            url, origin.*
        from documents d left join lateral (
            select count(*)::int as total, (count(*) filter (where c.status = 'ready'))::int as ready,
                (count(*) filter (where c.status = 'failed'))::int as failed
            from documents c where c.tenant_id = d.tenant_id and c.parent_id = d.id) k
            on d.content_type in ('application/zip', 'message/rfc822')
            left join lateral (
                select p.source_id, p.state, p.fetched_at as origin_fetched_at, p.error_code as origin_code, p.error_detail as origin_detail
                from source_pages p where p.tenant_id = d.tenant_id and p.document_id = d.id limit 1) origin on d.url is not null

        """;

    public async Task<DocumentInfo?> FindAsync(TenantId tenant, DocumentId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(Info + "where tenant_id = $1 and id = $2", ReadInfo, cancellation, tenant, id);
        return found is [var document] ? document : null;
    }

    /// <param name="tenant">Whose.</param>
    /// <param name="collection">Which collection; null comes back where it doesn't exist.</param>
    /// <param name="status">Only documents of this status; null for all.</param>
    /// <param name="place">Which of them.</param>
    /// <param name="after">The last document of the page before; newest come first.</param>
    /// <param name="limit">Most on a page.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<Page<DocumentInfo>?> ListAsync(
        TenantId tenant, CollectionId collection, string? status, DocumentPlace place, DocumentId? after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await work.ScalarAsync<bool>(
            "select exists (select from collections where tenant_id = $1 and id = $2)", cancellation, tenant, collection))
        {
            return null;
        }

        var found = await work.QueryAsync(
            Info + """
            where tenant_id = $1 and collection_id = $2 and ($3::uuid is null or id < $3) and ($4::text is null or status = $4)
                and (not $6 or parent_id is null) and ($7::uuid is null or parent_id = $7) and ($8::uuid[] is null or id = any($8))
            order by id desc limit $5
            """,
            ReadInfo, cancellation, tenant, collection, SqlParameter.Typed(NpgsqlDbType.Uuid, after?.Value),
            SqlParameter.Typed(NpgsqlDbType.Text, status), limit + 1, place.TopOnly,
            SqlParameter.Typed(NpgsqlDbType.Uuid, place.Parent?.Value),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Uuid, place.Ids?.Select(id => id.Value).ToArray()));
        return found.Count > limit
            ? new Page<DocumentInfo>(found[..limit], Id.Text(found[limit - 1].Id))
            : new Page<DocumentInfo>(found);
    }

    /// <summary>A page of the version that search sees.</summary>
    public async Task<DocumentPage?> PageAsync(TenantId tenant, DocumentId id, int number, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            """
            select d.name, d.pages, p.width, p.height, p.text, p.layout
            from documents d join document_pages p on p.tenant_id = d.tenant_id and p.document_id = d.id and p.version = d.version
            where d.tenant_id = $1 and d.id = $2 and p.number = $3
            """,
            row => new DocumentPage(
                id.Value, row.GetString(0), number, row.GetInt32(1), row.GetFloat(2), row.GetFloat(3), row.GetString(4),
                PageLayout.Unpack(row.GetFieldValue<byte[]>(5)).Boxes),
            cancellation, tenant, id, number);
        return found is [var page] ? page : null;
    }

    /// <param name="tenant">Whose.</param>
    /// <param name="id">Which document; null comes back where it doesn't exist.</param>
    /// <param name="after">The ordinal of the last chunk of the page before; -1 for the first page.</param>
    /// <param name="limit">Most on a page.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<Page<DocumentChunk>?> ChunksAsync(
        TenantId tenant, DocumentId id, int? pageNumber, int after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var version = await work.QueryAsync(
            "select version from documents where tenant_id = $1 and id = $2",
            row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), cancellation, tenant, id);
        if (version is [])
        {
            return null;
        }

        var found = await work.QueryAsync(
            $"""
            select {ChunkRows.Columns} from chunks
            where tenant_id = $1 and document_id = $2 and version = $3 and ordinal > $4 and ($6::int is null or page = $6)
            order by ordinal limit $5
            """,
            ChunkRows.Read,
            cancellation, tenant, id, SqlParameter.Typed(NpgsqlDbType.Bigint, version[0]), after, limit + 1,
            SqlParameter.Typed(NpgsqlDbType.Integer, pageNumber));
        return found.Count > limit
            ? new Page<DocumentChunk>(found[..limit], found[limit - 1].Ordinal.ToString(System.Globalization.CultureInfo.InvariantCulture))
            : new Page<DocumentChunk>(found);
    }

    /// <returns>What the original needs to be sent: its stored name and type.</returns>
    public async Task<(string Name, string ContentType)?> OriginalAsync(TenantId tenant, DocumentId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            "select name, content_type from documents where tenant_id = $1 and id = $2",
            row => (row.GetString(0), row.GetString(1)), cancellation, tenant, id);
        return found is [var original] ? original : null;
    }

    private static DocumentInfo ReadInfo(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
        Math.Round(Progress(row), 4), Value<int>(row, 7), Value<int>(row, 8), Value<int>(row, 9), row.GetInt64(10),
        Text(row, 11), Text(row, 12) is { } code ? new Failure(code, Text(row, 13) ?? code) : null, Value<Guid>(row, 14),
        row.GetFieldValue<DateTimeOffset>(15), row.GetFieldValue<DateTimeOffset>(16), Value<DateTimeOffset>(row, 17), Text(row, 18), Value<Guid>(row, 19),
        row.IsDBNull(20) ? null : new ChildDocuments(row.GetInt32(20), row.GetInt32(21), row.GetInt32(22)),
        Text(row, 23) is { } url
            ? new DocumentOrigin(
                url, Value<Guid>(row, 24), Text(row, 25), Value<DateTimeOffset>(row, 26),
                Text(row, 27) is { } fault ? new Failure(fault, Text(row, 28) ?? fault) : null)
            : null);

    // Nobody is at work on an archive whose files are being read: how far it is, they say.
    private static double Progress(NpgsqlDataReader row)
    {
        double written = row.GetFloat(6);
        return row.GetString(5) == "contents" && Value<int>(row, 20) is > 0 and var total
            ? written + ((1 - written) * (row.GetInt32(21) + row.GetInt32(22)) / total)
            : written;
    }

    private static T? Value<T>(NpgsqlDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

/// <summary>Which documents of a collection are meant; all of them where nothing is said.</summary>
/// <param name="TopOnly">Only those that came by themselves, in no archive or mail.</param>
/// <param name="Parent">Only those that came in this one.</param>
/// <param name="Ids">Only these.</param>
public sealed record DocumentPlace(bool TopOnly = false, DocumentId? Parent = null, IReadOnlyList<DocumentId>? Ids = null);
