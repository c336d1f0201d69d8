using AiSaas.Contracts.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>Reads one chunk with what stands around it. Only chunks of the version that search sees exist here.</summary>
public sealed class ChunkLibrary(TenantDatabase database)
{
    /// <summary>Changes kept of a chunk, and shown.</summary>
    public const int MostChanges = 50;

    private const int Neighbours = 2;

    public async Task<ChunkDetail?> FindAsync(TenantId tenant, ChunkId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var place = await work.QueryAsync(
            """
            select d.id, d.collection_id, d.name, c.version, c.ordinal, p.layout
            from chunks c
                join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version
                left join document_pages p on p.tenant_id = c.tenant_id and p.document_id = c.document_id and p.version = c.version and p.number = c.page
            where c.tenant_id = $1 and c.id = $2
            """,
            row => (
                Document: row.GetGuid(0), Collection: row.GetGuid(1), Name: row.GetString(2), Version: row.GetInt64(3), Ordinal: row.GetInt32(4),
                Layout: row.IsDBNull(5) ? null : row.GetFieldValue<byte[]>(5)),
            cancellation, tenant, id);
        if (place is not [var at])
        {
            return null;
        }

        var around = await work.QueryAsync(
            $"""
            select {ChunkRows.Columns} from chunks
            where tenant_id = $1 and document_id = $2 and version = $3 and ordinal between $4 and $5 order by ordinal
            """,
            ChunkRows.Read, cancellation, tenant, at.Document, at.Version, at.Ordinal - Neighbours, at.Ordinal + Neighbours);
        var changes = await work.QueryAsync(
            """
            select c.kind, c.at, c.user_id, u.email, c.key_id is not null, c.before, c.after
            from chunk_changes c left join users u on u.id = c.user_id
            where c.tenant_id = $1 and c.chunk_id = $2 order by c.id desc limit $3
            """,
            row => new ChunkChange(
                row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.IsDBNull(2) ? null : row.GetGuid(2),
                row.IsDBNull(3) ? null : row.GetString(3), row.GetBoolean(4), row.IsDBNull(5) ? null : row.GetString(5),
                row.IsDBNull(6) ? null : row.GetString(6)),
            cancellation, tenant, id, MostChanges);
        var chunk = around.Find(one => one.Id == id.Value)!;
        return new(
            chunk, at.Document, at.Collection, at.Name, [.. around.Where(one => one.Ordinal < at.Ordinal)],
            [.. around.Where(one => one.Ordinal > at.Ordinal)],
            at.Layout is null ? [] : PageRects.Of(PageLayout.Unpack(at.Layout).Boxes, chunk.Start, chunk.End), changes);
    }
}
