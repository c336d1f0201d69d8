using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using Microsoft.Extensions.AI;
using NpgsqlTypes;
using Pgvector;

namespace AiSaas.Bench.Retrieval;

/// <summary>Puts a test collection into a tenant of its own, through the tables and the indexer that ingestion uses.</summary>
internal sealed class CollectionLoader(TenantDatabase database, EmbeddingCatalog embedders)
{
    private const int Batch = 128;

    /// <returns>The tenant, and the test's id of each document.</returns>
    public async Task<(TenantId Tenant, Dictionary<DocumentId, string> Ids)> LoadAsync(TestCollection collection, CancellationToken cancellation)
    {
        var tenant = TenantId.New();
        var home = CollectionId.New();
        Dictionary<DocumentId, string> ids = [];
        await using var work = await database.BeginAsync(tenant, cancellation);
        // A batch's vectors take more than ten seconds on a machine that does other things.
        await work.ExecuteAsync("set local idle_in_transaction_session_timeout = 0", cancellation);
        await work.ExecuteAsync("insert into tenants (id, name) values ($1, $2)", cancellation, tenant, collection.Name);
        await work.ExecuteAsync(
            "insert into collections (id, tenant_id, name) values ($1, $2, $3)", cancellation, home, tenant, collection.Name);
        foreach (var batch in collection.Documents.Where(document => document.Text.Length > 0).Chunk(Batch))
        {
            var vectors = await embedders.Default.GenerateAsync(
                [.. batch.Select(document => $"{document.Title}\n{document.Text}")], cancellationToken: cancellation);
            foreach (var (document, vector) in batch.Zip(vectors))
            {
                var id = DocumentId.New();
                ids.Add(id, document.Id);
                await InsertAsync(work, home, id, document, vector, cancellation);
            }
        }

        foreach (var id in ids.Keys)
        {
            await ChunkIndexer.IndexAsync(work, id, 1, cancellation);
        }

        await work.CommitAsync(cancellation);
        return (tenant, ids);
    }

    private async Task InsertAsync(
        TenantWork work, CollectionId home, DocumentId id, TestDocument document, Embedding<float> vector, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            """
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage, progress, version, chunks)
            values ($1, $2, $3, $4, 'text/plain', $5, ''::bytea, 'ready', 'ready', 1, 1, 1)
            """,
            cancellation, id, work.Tenant, home, document.Id, (long)document.Text.Length);
        HalfVector halves = new(Array.ConvertAll(vector.Vector.ToArray(), number => (Half)number));
        await work.ExecuteAsync(
            """
            insert into chunks (id, tenant_id, collection_id, document_id, version, ordinal, page, start_offset, end_offset, header, text,
                tokens, language, embedding, space)
            values ($1, $2, $3, $4, 1, 0, 1, 0, $5, $6, $7, 0, 'english', $8, $9)
            """,
            cancellation, ChunkId.New(), work.Tenant, home, id, document.Text.Length, document.Title, document.Text,
            SqlParameter.Typed(NpgsqlDbType.Unknown, halves.ToString()), embedders.DefaultModel);
    }
}
