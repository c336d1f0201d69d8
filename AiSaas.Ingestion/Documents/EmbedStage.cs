using AiSaas.Core.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Ingestion.Parsing;
using AiSaas.Llm.Embedding;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Npgsql;
using Pgvector;

namespace AiSaas.Ingestion.Documents;

/// <summary>Passages → vectors, a batch a transaction: a killed worker loses one batch, and the next attempt goes on after it.</summary>
internal sealed class EmbedStage(
    TenantDatabase database, Staging staging, TenantSpaces tenants, EmbeddingSpaces spaces, GovernedEmbedder embedder, IOptions<IngestionOptions> options,
    TimeProvider time)
{
    private const double Before = 0.3;

    /// <returns>How many passages the document has, and how many of them have no vector yet.</returns>
    public async Task<(int Chunks, int Missing)> CountAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        var counts = await work.QueryAsync(
            """
            select count(*)::int, (count(*) filter (where embedding is null))::int from chunks
            where tenant_id = $1 and document_id = $2 and version = $3
            """,
            row => (row.GetInt32(0), row.GetInt32(1)), cancellation, job.Tenant, document.Id, document.Version);
        return counts[0];
    }

    public async Task RunAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        var (total, missing) = await CountAsync(job, document, cancellation);
        string? told = null;
        GatewayCaller caller = new(job.Tenant, document.By ?? default, Key: null) { Feature = "ingest" };
        long started = time.GetTimestamp();
        int made = 0;
        while (await ReadAsync(job, document, cancellation) is { Count: > 0 } batch)
        {
            // Asked anew for each batch: the workspace may move to another model meanwhile.
            string model = await tenants.ModelAsync(job.Tenant, cancellation);
            var vectors = await EmbedAsync(caller, model, [.. batch.Select(chunk => $"{chunk.Header}\n{chunk.Text}")], cancellation);
            string space = await spaces.EnsureAsync(model, vectors[0].Dimensions, cancellation);
            told = await TellAsync(job, space, model, told, cancellation);
            made += batch.Count;
            int left = Math.Max(0, missing - made);
            // The first batches load the model and say little about the rest.
            double perChunk = time.GetElapsedTime(started).TotalSeconds / made;
            int? eta = made > 2 * options.Value.EmbeddingBatch ? (int)Math.Ceiling(perChunk * left) : null;
            Step step = new("embedding", Before + ((1 - Before) * (total - left) / total), eta);
            await staging.StepAsync(job, document, step, (work, token) => WriteAsync(work, document, space, batch, vectors, token), cancellation);
        }
    }

    // Such vectors are kept apart and found once the workspace has moved there; until then the document is found by its words.
    private async Task<string> TellAsync(JobContext job, string space, string model, string? told, CancellationToken cancellation)
    {
        if (space != told && await tenants.SearchedAsync(job.Tenant, cancellation) is { Count: > 0 } searched && searched.All(known => known.Id != space)
            && searched.FirstOrDefault(known => known.Model == model) is { } before)
        {
            job.Log($"{model} gives vectors for {space} now; the workspace is searched in {before.Id}. They count once its documents are embedded again.");
        }

        return space;
    }

    private async Task<GeneratedEmbeddings<Embedding<float>>> EmbedAsync(
        GatewayCaller caller, string model, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        try
        {
            return await embedder.GenerateAsync(caller, model, EmbeddingInput.Document, texts, waits: true, cancellation);
        }
        catch (CallRefusedException refused) when (refused.Refused.Reason == Refusal.BudgetSpent)
        {
            // Trying again spends nothing but time: whoever brought the document is told, and can retry it.
            throw new DocumentFaultException(refused.Refused.Code, refused.Refused.Message);
        }
    }

    private async Task<List<(Guid Id, string Header, string Text)>> ReadAsync(
        JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        return await work.QueryAsync(
            """
            select id, header, text from chunks
            where tenant_id = $1 and document_id = $2 and version = $3 and embedding is null order by ordinal limit $4
            """,
            row => (row.GetGuid(0), row.GetString(1), row.GetString(2)),
            cancellation, job.Tenant, document.Id, document.Version, options.Value.EmbeddingBatch);
    }

    private static async Task WriteAsync(
        TenantWork work, StagedDocument document, string space, List<(Guid Id, string Header, string Text)> batch,
        GeneratedEmbeddings<Embedding<float>> vectors, CancellationToken cancellation)
    {
        await using NpgsqlBatch updates = new(work.Connection);
        foreach (var (chunk, vector) in batch.Zip(vectors))
        {
            // A chunk that was corrected meanwhile has the vector of its new text already.
            NpgsqlBatchCommand update = new("update chunks set embedding = $3, space = $4 where tenant_id = $1 and id = $2 and embedding is null");
            update.Parameters.Add(SqlParameter.From(work.Tenant));
            update.Parameters.Add(SqlParameter.From(chunk.Id));
            update.Parameters.Add(new NpgsqlParameter { Value = new HalfVector(Halves(vector.Vector.Span)) });
            update.Parameters.Add(SqlParameter.From(space));
            updates.BatchCommands.Add(update);
        }

        await updates.ExecuteNonQueryAsync(cancellation);
        if (document.IsPublished)
        {
            await ChunkIndexer.AddVectorsAsync(work, [.. batch.Select(chunk => ChunkId.From(chunk.Id))], cancellation);
        }
    }

    private static Half[] Halves(ReadOnlySpan<float> vector)
    {
        var halves = new Half[vector.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(vector, halves);
        return halves;
    }
}
