using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Retrieval;

/// <summary>Makes a document's chunks findable, and unfindable, inside the caller's transaction.</summary>
/// <remarks>
/// Both end by locking the tenant's word statistics until the transaction ends, so call them last before commit: other
/// writers of the tenant wait there. The slow part, finding the words, comes before the lock.
/// Deleting a document's row does the same by cascade.
/// </remarks>
public static class ChunkIndexer
{
    // 60 MB of text are about 60,000 chunks: some 20 s on one core, several times that on a busy machine.
    private const int PatienceSeconds = 1_800;

    /// <summary>Indexes the chunks of <paramref name="version"/> and takes every other version's out. Repeating it changes nothing.</summary>
    /// <param name="work">The transaction that makes the version the document's own.</param>
    /// <param name="document">Whose chunks.</param>
    /// <param name="version">The version as <c>chunks.version</c> has it.</param>
    /// <param name="cancellation">Cancels the statements.</param>
    public static async Task<IndexedChunks> IndexAsync(TenantWork work, DocumentId document, long version, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        await ExecuteAsync(
            work,
            """
            insert into embedding_spaces (id, provider, model, dimensions, weight)
            select distinct on (space) space, 'configured', space, vector_dims(embedding), 0.5
            from chunks where tenant_id = $1 and document_id = $2 and version = $3 and space is not null
            on conflict do nothing
            """,
            document, version, cancellation);
        int vectors = await ExecuteAsync(
            work,
            """
            insert into vector_passages (tenant_id, space, chunk_id, collection_id, document_id, version, embedding)
            select tenant_id, space, id, collection_id, document_id, version, embedding
            from chunks where tenant_id = $1 and document_id = $2 and version = $3 and space is not null and enabled
            on conflict do nothing
            """,
            document, version, cancellation);
        await ExecuteAsync(
            work, "delete from vector_passages where tenant_id = $1 and document_id = $2 and version <> $3", document, version, cancellation);
        int passages = await ExecuteAsync(
            work,
            """
            with languages as materialized (
                select l.language, app.lexicon(l.language) number, app.text_search(l.language) words
                from (
                    select distinct language from chunks
                    where tenant_id = $1 and document_id = $2 and version = $3 order by language) l)
            insert into lexical_passages (tenant_id, chunk_id, collection_id, document_id, version, lexicon, length, lexemes)
            select c.tenant_id, c.id, c.collection_id, c.document_id, c.version, l.number, app.length_of(w.lexemes), w.lexemes
            from chunks c
                join languages l on l.language = c.language
                cross join lateral (select app.passage_lexemes(l.words, c.header, c.text) lexemes offset 0) w
            where c.tenant_id = $1 and c.document_id = $2 and c.version = $3 and c.enabled
            on conflict do nothing
            """,
            document, version, cancellation);
        await ExecuteAsync(
            work, "delete from lexical_passages where tenant_id = $1 and document_id = $2 and version <> $3", document, version, cancellation);
        return new(passages, vectors);
    }

    /// <summary>Adds vectors that were made after their chunks were indexed.</summary>
    public static Task<int> AddVectorsAsync(TenantWork work, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        return work.ExecuteAsync(
            """
            with added as (
                select tenant_id, space, id, collection_id, document_id, version, embedding
                from chunks where tenant_id = $1 and id = any($2) and space is not null and enabled),
            spaces as (
                insert into embedding_spaces (id, provider, model, dimensions, weight)
                select distinct on (space) space, 'configured', space, vector_dims(embedding), 0.5 from added on conflict do nothing)
            insert into vector_passages (tenant_id, space, chunk_id, collection_id, document_id, version, embedding)
            select * from added on conflict do nothing
            """,
            cancellation, work.Tenant, SqlParameter.Ids(chunks));
    }

    /// <summary>Takes documents out of the index.</summary>
    /// <returns>What was removed, for the receipt.</returns>
    public static async Task<IndexedChunks> RemoveAsync(
        TenantWork work, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        int vectors = await work.ExecuteAsync(
            "delete from vector_passages where tenant_id = $1 and document_id = any($2)",
            cancellation, work.Tenant, SqlParameter.Ids(documents));
        await using var command = work.Command(
            "delete from lexical_passages where tenant_id = $1 and document_id = any($2)", work.Tenant, SqlParameter.Ids(documents));
        command.CommandTimeout = PatienceSeconds;
        return new(await command.ExecuteNonQueryAsync(cancellation), vectors);
    }

    /// <inheritdoc cref="RemoveAsync(TenantWork, IReadOnlyCollection{DocumentId}, CancellationToken)"/>
    public static Task<IndexedChunks> RemoveAsync(TenantWork work, DocumentId document, CancellationToken cancellation) =>
        RemoveAsync(work, [document], cancellation);

    private static async Task<int> ExecuteAsync(
        TenantWork work, string sql, DocumentId document, long version, CancellationToken cancellation)
    {
        await using var command = work.Command(sql, work.Tenant, document, version);
        command.CommandTimeout = PatienceSeconds;
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}

/// <param name="Passages">Rows of the lexical index: chunks that words can find.</param>
/// <param name="Vectors">Rows of the vector index.</param>
public sealed record IndexedChunks(int Passages, int Vectors);
