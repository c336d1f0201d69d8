using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Retrieval;

/// <summary>Makes one chunk of a document unfindable, findable again, or findable by other words, inside the caller's transaction.</summary>
/// <remarks>Like <see cref="ChunkIndexer"/>, whose rows it takes out and puts back; the statistics follow by their triggers.
/// It ends by locking the tenant's word statistics: call it last before commit.</remarks>
internal static class ChunkSwitch
{
    /// <summary>Brings the index to what the chunk's row says: in it with its text and vector where it is enabled, else out of it.</summary>
    public static async Task RefreshAsync(TenantWork work, ChunkId chunk, CancellationToken cancellation)
    {
        await work.ExecuteAsync("delete from vector_passages where tenant_id = $1 and chunk_id = $2", cancellation, work.Tenant, chunk);
        await ChunkIndexer.AddVectorsAsync(work, [chunk], cancellation);
        await work.ExecuteAsync("delete from lexical_passages where tenant_id = $1 and chunk_id = $2", cancellation, work.Tenant, chunk);
        await work.ExecuteAsync(
            """
            insert into lexical_passages (tenant_id, chunk_id, collection_id, document_id, version, lexicon, length, lexemes)
            select c.tenant_id, c.id, c.collection_id, c.document_id, c.version, app.lexicon(c.language), app.length_of(w.lexemes), w.lexemes
            from chunks c
                cross join lateral (select app.passage_lexemes(app.text_search(c.language), c.header, c.text) lexemes offset 0) w
            where c.tenant_id = $1 and c.id = $2 and c.enabled
            """,
            cancellation, work.Tenant, chunk);
    }
}
