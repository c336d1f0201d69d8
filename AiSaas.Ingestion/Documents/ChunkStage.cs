using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Parsing;
using AiSaas.Llm.Text;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Documents;

/// <summary>Pages → passages, read and written in batches.</summary>
internal sealed class ChunkStage(
    TenantDatabase database, Staging staging, ITokenCounter tokens, IOptions<ChunkingOptions> chunking, IOptions<IngestionOptions> options)
{
    private const double Before = 0.2;
    private const double Share = 0.1;
    private const int PagesPerRead = 100;

    /// <returns>The document, and how many passages it has.</returns>
    public async Task<StagedDocument> RunAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        Chunker chunker = new(document.Heading, chunking.Value, tokens);
        int chunks = 0, last = 0;
        while (await ReadAsync(job, document, last, cancellation) is { Count: > 0 } pages)
        {
            List<TextChunk> batch = [.. pages.SelectMany(page =>
                chunker.Next(page.Number, page.Text, PageLayout.Unpack(page.Layout).Blocks, PageLayout.Openings(page.Layout)))];
            last = pages[^1].Number;
            if (last >= document.Pages)
            {
                batch.AddRange(chunker.End());
            }

            chunks += batch.Count;
            if (chunks > options.Value.MaxChunks)
            {
                throw DocumentFaultException.TooMuch($"The document has more than {options.Value.MaxChunks:N0} passages. Split it into several.");
            }

            await staging.StepAsync(
                job, document, new Step("chunking", Before + (Share * last / Math.Max(last, document.Pages)), null),
                (work, token) => InsertAsync(work, document, batch, token), cancellation);
        }

        if (chunks == 0)
        {
            throw DocumentFaultException.NoText("The document contains no text.");
        }

        // Before they are embedded, so that corrected texts are.
        await staging.StepAsync(
            job, document, new Step("chunking", Before + Share, null),
            (work, token) => ChunkCarry.TakeOverAsync(work, document.Id, document.Version, last: false, token), cancellation);
        await staging.CheckpointAsync(
            job, document, "chunking", new Step("embedding", Before + Share, null), new Findings(Chunks: chunks), cancellation);
        return document with { Whole = "chunking" };
    }

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

    private static Task<int> InsertAsync(TenantWork work, StagedDocument document, List<TextChunk> batch, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            insert into chunks (tenant_id, collection_id, document_id, version,
                id, ordinal, page, start_offset, end_offset, section, header, text, tokens, language, parent)
            select $1, $2, $3, $4, * from unnest(
                $5::uuid[], $6::int[], $7::int[], $8::int[], $9::int[], $10::text[], $11::text[], $12::text[], $13::int[], $14::text[], $15::int[])
            """,
            cancellation, work.Tenant, document.Collection, document.Id, document.Version,
            batch.Select(_ => ChunkId.New().Value).ToArray(), batch.Select(chunk => chunk.Ordinal).ToArray(),
            batch.Select(chunk => chunk.Page).ToArray(), batch.Select(chunk => chunk.Start).ToArray(), batch.Select(chunk => chunk.End).ToArray(),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, batch.Select(chunk => chunk.Section).ToArray()),
            batch.Select(chunk => chunk.Header).ToArray(), batch.Select(chunk => chunk.Text).ToArray(),
            batch.Select(chunk => chunk.Tokens).ToArray(), batch.Select(chunk => chunk.Language).ToArray(),
            batch.Select(chunk => chunk.Parent).ToArray());
}
