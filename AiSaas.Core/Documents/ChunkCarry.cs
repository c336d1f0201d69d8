using AiSaas.Core.Persistence;

namespace AiSaas.Core.Documents;

/// <summary>What people changed of a document's chunks, taken over by its next version.</summary>
/// <remarks>
/// A change stays with a chunk that has the same page text as the one it was made on: the first of that text with the first, the
/// second with the second. Where the page's text or its cut is another one, the change is dropped: nobody said it of that text.
/// Repeating it changes nothing.
/// </remarks>
public static class ChunkCarry
{
    /// <param name="work">The transaction that writes the version.</param>
    /// <param name="document">Whose.</param>
    /// <param name="version">The next version, whose chunks are written.</param>
    /// <param name="last">It becomes the document's own in this transaction: the record of changes goes along.</param>
    /// <param name="cancellation">Cancels the statements.</param>
    public static async Task TakeOverAsync(TenantWork work, DocumentId document, long version, bool last, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!await work.ScalarAsync<bool>(
            """
            select exists (
                select from chunks where tenant_id = $1 and document_id = $2 and (not enabled or original_text is not null))
            """,
            cancellation, work.Tenant, document))
        {
            return;
        }

        await using var command = work.Command(
            """
            with told as materialized (
                select id, version, enabled, text, original_text, revision, embedding, space, coalesce(original_text, text) page_text,
                    row_number() over (partition by version, coalesce(original_text, text) order by ordinal) nth
                from chunks where tenant_id = $1 and document_id = $2),
            pairs as (
                select n.id, o.id old_id, o.enabled, o.text, o.original_text, o.revision, o.embedding, o.space,
                    (n.enabled, n.text) is distinct from (o.enabled, o.text) differs, n.text is distinct from o.text rewritten
                from told n join told o on o.page_text = n.page_text and o.nth = n.nth
                where n.version = $3 and o.version = (select version from documents where tenant_id = $1 and id = $2) and o.version <> $3),
            noted as (
                update chunk_changes c set chunk_id = p.id from pairs p where $4 and c.tenant_id = $1 and c.chunk_id = p.old_id)
            update chunks c set enabled = p.enabled, text = p.text, original_text = p.original_text, revision = p.revision,
                -- A vector that was made of the other text is worth nothing; one still to come will be made of this.
                embedding = case when p.rewritten and c.embedding is not null then p.embedding else c.embedding end,
                space = case when p.rewritten and c.embedding is not null then p.space else c.space end
            from pairs p where c.tenant_id = $1 and c.id = p.id and p.differs
            """,
            work.Tenant, document, version, last);
        // Compares all texts of two versions, in memory.
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
