using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Parsing;
using AiSaas.Llm.Text;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Documents;

/// <summary>Pages → passages, read and written in batches, for pages that are stored already. <see cref="ReadStage"/> cuts as it reads.</summary>
internal sealed class ChunkStage(
    TenantDatabase database, Staging staging, ITokenCounter tokens, IOptions<ChunkingOptions> chunking,
    IOptions<IngestionOptions> options)
{
    private const double Before = 0.15;
    private const double Share = 0.15;
    private const int PagesPerRead = 100;

    public Chunker Open(string heading) => new(heading, chunking.Value, tokens);

    /// <exception cref="DocumentFaultException">They are more than a document may have.</exception>
    public void Check(int chunks)
    {
        if (chunks > options.Value.MaxChunks)
        {
            throw DocumentFaultException.TooMuch($"The document has more than {options.Value.MaxChunks:N0} passages. Split it into several.");
        }
    }

    public async Task<StagedDocument> RunAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        var chunker = Open(document.Heading);
        int chunks = 0, missing = 0, last = 0;
        while (await ReadAsync(job, document, last, cancellation) is { Count: > 0 } pages)
        {
            List<TextChunk> batch = [.. pages.SelectMany(page =>
                chunker.Next(page.Number, page.Text, PageLayout.Unpack(page.Layout).Blocks, PageLayout.Openings(page.Layout)))];
            last = pages[^1].Number;
            if (last >= document.Pages)
            {
                batch.AddRange(chunker.End());
            }

            Check(chunks += batch.Count);
            await staging.StepAsync(
                job, document, new Step("chunking", Before + (Share * last / Math.Max(last, document.Pages)), null),
                async (work, token) => missing += await InsertAsync(work, document, batch, token), cancellation);
        }

        if (chunks == 0)
        {
            throw DocumentFaultException.NoText("The document contains no text.");
        }

        await staging.CheckpointAsync(
            job, document, "chunking", new Step("embedding", Before + Share, null), new Findings(Chunks: chunks), cancellation);
        return document with { Whole = "chunking", Passages = (chunks, missing) };
    }

    /// <summary>Writes passages, with the vectors of those whose text has been embedded before.</summary>
    /// <returns>How many of them lack one.</returns>
    public Task<int> InsertAsync(TenantWork work, StagedDocument document, IReadOnlyList<TextChunk> batch, CancellationToken cancellation) =>
        work.ScalarAsync<int>(
            """
            with written as (
                insert into chunks (tenant_id, collection_id, document_id, version,
                    id, ordinal, page, start_offset, end_offset, section, header, text, tokens, language, parent, embedding, space)
                select $1, $2, $3, $4, n.id, n.ordinal, n.page, n.start_offset, n.end_offset, n.section, n.header, n.text, n.tokens, n.language,
                    n.parent, e.embedding, e.space
                from unnest($5::uuid[], $6::int[], $7::int[], $8::int[], $9::int[], $10::text[], $11::text[], $12::text[], $13::int[], $14::text[],
                        $15::int[], $16::bytea[]) n(id, ordinal, page, start_offset, end_offset, section, header, text, tokens, language, parent, hash)
                    left join embedding_cache e on e.tenant_id = $1 and e.space = $17 and e.hash = n.hash
                returning embedding is null as lacks)
            select count(*)::int from written where lacks
            """,
            cancellation, work.Tenant, document.Collection, document.Id, document.Version,
            batch.Select(_ => ChunkId.New().Value).ToArray(), batch.Select(chunk => chunk.Ordinal).ToArray(),
            batch.Select(chunk => chunk.Page).ToArray(), batch.Select(chunk => chunk.Start).ToArray(), batch.Select(chunk => chunk.End).ToArray(),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, batch.Select(chunk => chunk.Section).ToArray()),
            batch.Select(chunk => chunk.Header).ToArray(), batch.Select(chunk => chunk.Text).ToArray(),
            batch.Select(chunk => chunk.Tokens).ToArray(), batch.Select(chunk => chunk.Language).ToArray(),
            batch.Select(chunk => chunk.Parent).ToArray(), SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Bytea, Hashes(document, batch)),
            SqlParameter.Typed(NpgsqlDbType.Text, document.Space));

    /// <summary>Removes the passages of the version under way.</summary>
    public static Task<int> ClearAsync(TenantWork work, StagedDocument document, CancellationToken cancellation) => work.ExecuteAsync(
        "delete from chunks where tenant_id = $1 and document_id = $2 and version = $3", cancellation, work.Tenant, document.Id, document.Version);

    // Null finds nothing.
    private byte[]?[] Hashes(StagedDocument document, IReadOnlyList<TextChunk> batch) =>
        [.. batch.Select(chunk => options.Value.ReuseEmbeddings && document.Space is not null ? EmbeddedText.Hash(EmbeddedText.Of(chunk.Header, chunk.Text)) : null)];

    private async Task<List<(int Number, string Text, byte[] Layout)>> ReadAsync(
        JobContext job, StagedDocument document, int after, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        return await work.QueryAsync(
            """
            select number, text, layout from document_pages
            where tenant_id = $1 and document_id = $2 and version = $3 and number > $4 order by number limit $5
            """,
            row => (row.GetInt32(0), row.GetString(1), row.GetFieldValue<byte[]>(2)),
            cancellation, job.Tenant, document.Id, document.Version, after, PagesPerRead);
    }
}
