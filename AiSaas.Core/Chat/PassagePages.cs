using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Chat;

/// <summary>Where words stand on the pages that passages are from. Read once an answer; unpacked only for what is cited.</summary>
public sealed class PassagePages
{
    private readonly Dictionary<(Guid Document, int Page), Lazy<IReadOnlyList<TextBox>>> _pages;

    private PassagePages(Dictionary<(Guid Document, int Page), Lazy<IReadOnlyList<TextBox>>> pages) => _pages = pages;

    public static PassagePages None { get; } = new([]);

    public static async Task<PassagePages> ReadAsync(
        TenantDatabase database, TenantId tenant, IReadOnlyList<Passage> passages, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(database);
        (Guid Document, int Page)[] wanted = [.. passages
            .SelectMany(passage => passage.Neighbours.Select(neighbour => neighbour.Page).Append(passage.Page).Select(page => (passage.DocumentId.Value, page)))
            .Distinct()];
        if (wanted.Length == 0)
        {
            return None;
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        var pages = await work.QueryAsync(
            """
            select p.document_id, p.number, p.layout
            from unnest($2::uuid[], $3::int[]) w(document_id, number)
                join documents d on d.tenant_id = $1 and d.id = w.document_id
                join document_pages p on p.tenant_id = $1 and p.document_id = d.id and p.version = d.version and p.number = w.number
            where p.width > 0
            """,
            row => (Key: (row.GetGuid(0), row.GetInt32(1)), Layout: row.GetFieldValue<byte[]>(2)),
            cancellation, tenant, SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Uuid, wanted.Select(one => one.Document).ToArray()),
            wanted.Select(one => one.Page).ToArray());
        return new(pages.ToDictionary(
            page => page.Key, page => new Lazy<IReadOnlyList<TextBox>>(() => PageLayout.Unpack(page.Layout).Boxes)));
    }

    /// <summary>The rectangles of a range of a page's text; empty where the format has no geometry.</summary>
    public IReadOnlyList<PageBox> Boxes(DocumentId document, int page, int start, int end) =>
        _pages.TryGetValue((document.Value, page), out var boxes) ? PageRects.Of(boxes.Value, start, end) : [];
}
