using System.Threading.Channels;
using AiSaas.Core.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Ingestion.Parsing;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Local;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Documents;

/// <summary>Passages → vectors: several batches on their way at once, each written by itself, so that a killed worker loses what was on
/// its way and the next attempt goes on after it.</summary>
internal sealed class EmbedStage(
    TenantDatabase database, Staging staging, TenantSpaces tenants, EmbeddingSpaces spaces, GovernedEmbedder embedder, Pace pace,
    IOptions<IngestionOptions> options, TimeProvider time)
{
    private const double Before = 0.3;

    // A call to the local embedder keeps every core busy by itself; the second one does while the first is written.
    private const int LocalCalls = 2;
    private const int BatchesPerRead = 4;

    /// <returns>How many passages the document has, and how many of them have no vector yet.</returns>
    public async Task<(int Chunks, int Missing)> CountAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        await using var command = work.Command(
            """
            select count(*)::int, (count(*) filter (where embedding is null))::int from chunks
            where tenant_id = $1 and document_id = $2 and version = $3
            """,
            job.Tenant, document.Id, document.Version);
        // Of a gigabyte of text it reads a million rows.
        command.CommandTimeout = 600;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt32(0), reader.GetInt32(1));
    }

    /// <returns>False when its turn is over before all vectors are made: only of a document that is found meanwhile.</returns>
    public async Task<bool> RunAsync(JobContext job, StagedDocument document, int total, int missing, CancellationToken cancellation)
    {
        Progress progress = new(total, missing, time.GetTimestamp());
        var batches = Channel.CreateBounded<List<Lacking>>(BatchesPerRead);
        bool isLocal = await tenants.ModelAsync(job.Tenant, cancellation) == LocalModels.UseLite;
        int calls = isLocal ? LocalCalls : options.Value.EmbeddingCalls;
        await Together.RunAsync(
            cancellation,
            [
                token => ReadAsync(job, document, progress, batches.Writer, token),
                .. Enumerable.Repeat((CancellationToken token) => EmbedAsync(job, document, progress, batches.Reader, token), calls),
            ]);
        return !progress.IsCut;
    }

    // Reads ahead, and hands on only what has to be made.
    private async Task ReadAsync(
        JobContext job, StagedDocument document, Progress progress, ChannelWriter<List<Lacking>> batches, CancellationToken cancellation)
    {
        int last = -1;
        List<Lacking> waiting = [];
        long begun = time.GetTimestamp();
        while (await FindAsync(job, document, last, cancellation) is { Count: > 0 } found)
        {
            if (document.IsPublished && last >= 0 && time.GetElapsedTime(begun) >= options.Value.Turn)
            {
                progress.IsCut = true;
                break;
            }

            last = found[^1].Ordinal;
            waiting.AddRange(await RecallAsync(job, document, progress, found, cancellation));
            while (waiting.Count >= options.Value.EmbeddingBatch)
            {
                await batches.WriteAsync(waiting[..options.Value.EmbeddingBatch], cancellation);
                waiting.RemoveRange(0, options.Value.EmbeddingBatch);
            }
        }

        if (waiting.Count > 0)
        {
            await batches.WriteAsync(waiting, cancellation);
        }

        batches.Complete();
    }

    private async Task EmbedAsync(
        JobContext job, StagedDocument document, Progress progress, ChannelReader<List<Lacking>> batches, CancellationToken cancellation)
    {
        GatewayCaller caller = new(job.Tenant, document.By ?? default, Key: null) { Feature = "ingest" };
        await foreach (var batch in batches.ReadAllAsync(cancellation))
        {
            // What stands twice in a batch (a footer, a form) is made once.
            Dictionary<string, int> places = new(StringComparer.Ordinal);
            int[] vectorOf = [.. batch.Select(passage => places.TryAdd(passage.Text, places.Count) ? places.Count - 1 : places[passage.Text])];
            // Asked anew for each batch: the workspace may move to another model meanwhile.
            string model = await tenants.ModelAsync(job.Tenant, cancellation);
            var vectors = await MakeAsync(caller, model, [.. places.Keys], cancellation);
            string space = await spaces.EnsureAsync(model, vectors[0].Length, cancellation);
            await TellAsync(job, space, model, progress, cancellation);
            await WriteAsync(job, document, space, progress, batch, vectorOf, vectors, cancellation);
        }
    }

    // Such vectors are kept apart and found once the workspace has moved there; until then the document is found by its words.
    private async Task TellAsync(JobContext job, string space, string model, Progress progress, CancellationToken cancellation)
    {
        if (progress.IsNew(space) && await tenants.SearchedAsync(job.Tenant, cancellation) is { Count: > 0 } searched && searched.All(known => known.Id != space)
            && searched.FirstOrDefault(known => known.Model == model) is { } before)
        {
            job.Log($"{model} gives vectors for {space} now; the workspace is searched in {before.Id}. They count once its documents are embedded again.");
        }
    }

    private async Task<float[][]> MakeAsync(GatewayCaller caller, string model, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        try
        {
            var made = await embedder.GenerateAsync(caller, model, EmbeddingInput.Document, texts, waits: true, cancellation);
            return [.. made.Select(vector => vector.Vector.ToArray())];
        }
        catch (CallRefusedException refused) when (refused.Refused.Reason == Refusal.BudgetSpent)
        {
            // Trying again spends nothing but time: whoever brought the document is told, and can retry it.
            throw new DocumentFaultException(refused.Refused.Code, refused.Refused.Message);
        }
    }

    private async Task<List<Lacking>> FindAsync(JobContext job, StagedDocument document, int after, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        return await work.QueryAsync(
            """
            select id, ordinal, header, text from chunks
            where tenant_id = $1 and document_id = $2 and version = $3 and embedding is null and ordinal > $4 order by ordinal limit $5
            """,
            row => new Lacking(row.GetGuid(0), row.GetInt32(1), EmbeddedText.Of(row.GetString(2), row.GetString(3))),
            cancellation, job.Tenant, document.Id, document.Version, after, options.Value.EmbeddingBatch * BatchesPerRead);
    }

    /// <summary>Gives passages the vectors of texts that were embedded since they were written: by an attempt before, by another document.</summary>
    /// <returns>The others.</returns>
    private async Task<IEnumerable<Lacking>> RecallAsync(
        JobContext job, StagedDocument document, Progress progress, List<Lacking> found, CancellationToken cancellation)
    {
        if (!options.Value.ReuseEmbeddings || document.Space is null)
        {
            return found;
        }

        HashSet<Guid> known = [];
        await using (var work = await database.BeginAsync(job.Tenant, cancellation))
        {
            known.UnionWith(await work.QueryAsync(
                """
                select n.id from unnest($3::uuid[], $4::bytea[]) n(id, hash)
                    join embedding_cache e on e.tenant_id = $1 and e.space = $2 and e.hash = n.hash
                """,
                row => row.GetGuid(0), cancellation, job.Tenant, document.Space,
                found.Select(passage => passage.Id).ToArray(), found.Select(passage => EmbeddedText.Hash(passage.Text)).ToArray()));
        }

        var hits = found.FindAll(passage => known.Contains(passage.Id));
        if (hits.Count > 0)
        {
            known.Clear();
            await staging.StepAsync(
                job, document, progress.Add(hits.Count, time),
                async (work, token) =>
                {
                    // An entry may have gone in between: what counts is what was written.
                    known.UnionWith(await work.QueryAsync(
                        """
                        update chunks c set embedding = e.embedding, space = e.space
                        from unnest($3::uuid[], $4::bytea[]) n(id, hash) join embedding_cache e on e.tenant_id = $1 and e.space = $2 and e.hash = n.hash
                        where c.tenant_id = $1 and c.id = n.id and c.embedding is null
                        returning c.id
                        """,
                        row => row.GetGuid(0), token, work.Tenant, document.Space, hits.Select(passage => passage.Id).ToArray(),
                        hits.Select(passage => EmbeddedText.Hash(passage.Text)).ToArray()));
                    await ShowAsync(work, document, hits, token);
                },
                cancellation);
        }

        return found.Where(passage => !known.Contains(passage.Id));
    }

    private Task WriteAsync(
        JobContext job, StagedDocument document, string space, Progress progress, List<Lacking> batch, int[] vectorOf, float[][] vectors,
        CancellationToken cancellation)
    {
        int dimensions = vectors[0].Length;
        float[] numbers = new float[vectors.Length * dimensions];
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i].CopyTo(numbers, i * dimensions);
        }

        pace.Learn(batch.Count, progress.SinceLast(time));
        return staging.StepAsync(
            job, document, progress.Add(batch.Count, time),
            async (work, token) =>
            {
                // A chunk that was corrected meanwhile has the vector of its new text already.
                // In the order of the hashes, so that two documents with the same texts wait for each other, not forever.
                await work.ExecuteAsync(
                    """
                    with made as materialized (
                        select m.id, m.hash, ($7::real[])[m.place * $8 + 1 : (m.place + 1) * $8]::halfvec as embedding
                        from unnest($4::uuid[], $5::bytea[], $6::int[]) m(id, hash, place)),
                    kept as (
                        insert into embedding_cache (tenant_id, space, hash, document_id, embedding)
                        select distinct on (hash) $1, $2, hash, $3, embedding from made where $9 order by hash
                        on conflict do nothing)
                    update chunks c set embedding = made.embedding, space = $2 from made where c.tenant_id = $1 and c.id = made.id and c.embedding is null
                    """,
                    token, work.Tenant, space, document.Id, batch.Select(passage => passage.Id).ToArray(),
                    batch.Select(passage => EmbeddedText.Hash(passage.Text)).ToArray(), vectorOf,
                    SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Real, numbers), dimensions, options.Value.ReuseEmbeddings);
                await ShowAsync(work, document, batch, token);
            },
            cancellation);
    }

    private static async Task ShowAsync(TenantWork work, StagedDocument document, List<Lacking> batch, CancellationToken cancellation)
    {
        if (document.IsPublished)
        {
            await ChunkIndexer.AddVectorsAsync(work, [.. batch.Select(passage => ChunkId.From(passage.Id))], cancellation);
        }
    }

    /// <param name="Text">As it is embedded.</param>
    private sealed record Lacking(Guid Id, int Ordinal, string Text);

    /// <summary>Counts over the batches on their way.</summary>
    private sealed class Progress(int total, int missing, long started)
    {
        private readonly Lock _lock = new();
        private int _made;
        private string? _space;
        private readonly long _started = started;
        private long _last = started;

        public Step Add(int vectors, TimeProvider time)
        {
            lock (_lock)
            {
                _made += vectors;
                double done = total - Math.Max(0, missing - _made);
                return new Step("embedding", Before + ((1 - Before) * done / Math.Max(1, total)), Pace.Rest(_made, missing, time.GetElapsedTime(_started)));
            }
        }

        /// <summary>Whether the turn ended before the last batch.</summary>
        public bool IsCut { get; set; }

        /// <summary>Whether vectors have gone to another space so far, or none were made.</summary>
        public bool IsNew(string space)
        {
            lock (_lock)
            {
                bool isNew = _space != space;
                _space = space;
                return isNew;
            }
        }

        public TimeSpan SinceLast(TimeProvider time)
        {
            lock (_lock)
            {
                long now = time.GetTimestamp();
                var since = time.GetElapsedTime(_last, now);
                _last = now;
                return since;
            }
        }
    }
}
