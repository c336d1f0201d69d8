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
        int vectors = await AddVectorsAsync(work, document, version, 0, int.MaxValue, cancellation);
        await ExecuteAsync(
            work, "delete from vector_passages where tenant_id = $1 and document_id = $2 and version <> $3", cancellation, document, version);
        int passages = await AddWordsAsync(work, document, version, 0, int.MaxValue, cancellation);
        await ExecuteAsync(
            work, "delete from lexical_passages where tenant_id = $1 and document_id = $2 and version <> $3", cancellation, document, version);
        return new(passages, vectors);
    }

    /// <summary>Indexes a slice of a version that search does not show yet (<c>index_stages</c>), so that a very long document
    /// keeps nobody waiting for the statistics. Repeating it changes nothing; slices may be written side by side.</summary>
    /// <param name="work">A transaction of its own.</param>
    /// <param name="document">Whose chunks.</param>
    /// <param name="version">Which of its versions.</param>
    /// <param name="first">The slice's first ordinal.</param>
    /// <param name="last">Its last.</param>
    /// <param name="cancellation">Cancels the statements.</param>
    public static async Task<IndexedChunks> IndexSliceAsync(
        TenantWork work, DocumentId document, long version, int first, int last, CancellationToken cancellation)
    {
        int vectors = await AddVectorsAsync(work, document, version, first, last, cancellation);
        return new(await AddWordsAsync(work, document, version, first, last, cancellation), vectors);
    }

    /// <summary>Shows a version whose slices are all indexed, and takes every other version's out.</summary>
    /// <param name="work">The transaction that makes the version the document's own.</param>
    /// <param name="document">Whose.</param>
    /// <param name="version">Which.</param>
    /// <param name="isFirst">Whether there was no version before: then nobody looks for it among a million rows.</param>
    /// <param name="cancellation">Cancels the statements.</param>
    public static async Task ShowAsync(TenantWork work, DocumentId document, long version, bool isFirst, CancellationToken cancellation)
    {
        await ExecuteAsync(work, "delete from index_stages where tenant_id = $1 and document_id = $2 and version = $3", cancellation, document, version);
        foreach (string table in isFirst ? [] : (string[])["vector_passages", "lexical_passages"])
        {
            // Besides other versions, what people changed since its slice was written.
            await ExecuteAsync(
                work,
                $"""
                delete from {table} where tenant_id = $1 and document_id = $2 and (version <> $3 or chunk_id in (
                    select id from chunks where tenant_id = $1 and document_id = $2 and version = $3 and (not enabled or original_text is not null)))
                """,
                cancellation, document, version);
        }

        if (!isFirst)
        {
            await AddVectorsAsync(work, document, version, 0, int.MaxValue, cancellation, " and original_text is not null");
            await AddWordsAsync(work, document, version, 0, int.MaxValue, cancellation, " and c.original_text is not null");
        }
    }

    /// <summary>Takes out what was indexed of versions other than the published one and <paramref name="kept"/>.</summary>
    public static async Task DropSlicesAsync(TenantWork work, DocumentId document, long kept, CancellationToken cancellation)
    {
        int dropped = await ExecuteAsync(
            work, "delete from index_stages where tenant_id = $1 and document_id = $2 and version <> $3", cancellation, document, kept);
        foreach (string table in dropped == 0 ? [] : (string[])["vector_passages", "lexical_passages"])
        {
            await ExecuteAsync(
                work,
                $"""
                delete from {table} where tenant_id = $1 and document_id = $2 and version <> $3
                    and version is distinct from (select version from documents where tenant_id = $1 and id = $2)
                """,
                cancellation, document, kept);
        }
    }

    private static async Task<int> AddVectorsAsync(
        TenantWork work, DocumentId document, long version, int first, int last, CancellationToken cancellation, string which = "")
    {
        ArgumentNullException.ThrowIfNull(work);
        return await ExecuteAsync(
            work,
            $$"""
            with added as materialized (
                select tenant_id, space, id, collection_id, document_id, version, embedding
                from chunks where tenant_id = $1 and document_id = $2 and version = $3 and ordinal between $4 and $5 and space is not null and enabled{{which}}),
            spaces as (
                insert into embedding_spaces (id, provider, model, dimensions, weight)
                select distinct on (space) space, 'configured', space, vector_dims(embedding), 0.5 from added
                on conflict do nothing)
            insert into vector_passages (tenant_id, space, chunk_id, collection_id, document_id, version, embedding)
            select * from added on conflict do nothing
            """,
            cancellation, document, version, first, last);
    }

    private static Task<int> AddWordsAsync(
        TenantWork work, DocumentId document, long version, int first, int last, CancellationToken cancellation, string which = "") => ExecuteAsync(
            work,
            $$"""
            with languages as materialized (
                select l.language, app.lexicon(l.language) number, app.text_search(l.language) words
                from (
                    select distinct language from chunks
                    where tenant_id = $1 and document_id = $2 and version = $3 and ordinal between $4 and $5 order by language) l)
            insert into lexical_passages (tenant_id, chunk_id, collection_id, document_id, version, lexicon, length, lexemes)
            select c.tenant_id, c.id, c.collection_id, c.document_id, c.version, l.number, app.length_of(w.lexemes), w.lexemes
            from chunks c
                join languages l on l.language = c.language
                cross join lateral (select app.passage_lexemes(l.words, c.header, c.text) lexemes offset 0) w
            where c.tenant_id = $1 and c.document_id = $2 and c.version = $3 and c.ordinal between $4 and $5 and c.enabled{{which}}
            on conflict do nothing
            """,
            cancellation, document, version, first, last);

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
        TenantWork work, string sql, CancellationToken cancellation, params object?[] arguments)
    {
        await using var command = work.Command(sql, [work.Tenant, .. arguments]);
        command.CommandTimeout = PatienceSeconds;
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}

/// <param name="Passages">Rows of the lexical index: chunks that words can find.</param>
/// <param name="Vectors">Rows of the vector index.</param>
public sealed record IndexedChunks(int Passages, int Vectors);
