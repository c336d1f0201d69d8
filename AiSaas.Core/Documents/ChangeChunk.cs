using AiSaas.Contracts.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Text;
using Pgvector;

namespace AiSaas.Core.Documents;

/// <param name="Enabled">Null leaves it as it is.</param>
/// <param name="Rewrites">Whether the text is to be <paramref name="Text"/>.</param>
/// <param name="Text">The corrected text; null puts the page's own back.</param>
/// <param name="Revision">What the change was made on; null overwrites whatever is there.</param>
public sealed record ChunkUpdate(bool? Enabled, bool Rewrites, string? Text, int? Revision);

public abstract record ChangeChunkOutcome
{
    private ChangeChunkOutcome()
    {
    }

    public sealed record Changed(DocumentChunk Chunk) : ChangeChunkOutcome;

    public sealed record NotFound : ChangeChunkOutcome;

    /// <summary>Somebody else has changed it since.</summary>
    public sealed record Outdated(int Revision) : ChangeChunkOutcome;

    /// <summary>The corrected text could not be embedded; nothing was changed.</summary>
    /// <param name="Later">Whether trying again later may help.</param>
    public sealed record NotEmbedded(string Code, string Detail, bool Later) : ChangeChunkOutcome;
}

/// <summary>Switches a chunk off or on, corrects its text or puts the page's own back; the index says the same at once.</summary>
/// <remarks>The vector of a new text is made before the transaction, so that no lock waits for a provider.</remarks>
public sealed class ChangeChunk(
    TenantDatabase database, TenantSpaces tenants, EmbeddingSpaces spaces, GovernedEmbedder embedder, ITokenCounter tokens, ChangeSignals signals,
    TimeProvider time)
{
    /// <summary>Longest corrected text, in UTF-16 code units: several times what a chunk has.</summary>
    public const int LongestText = 8_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public async Task<ChangeChunkOutcome> HandleAsync(
        TenantId tenant, UserId user, ApiKeyId? key, ChunkId id, ChunkUpdate update, CancellationToken cancellation)
    {
        if (await FindAsync(tenant, id, cancellation) is not { } before)
        {
            return new ChangeChunkOutcome.NotFound();
        }

        var (text, original) = Wanted(before.Chunk, update);
        NewVector? vector = null;
        if (text != before.Chunk.Text)
        {
            var (made, refused) = await EmbedAsync(new(tenant, user, key) { Feature = "ingest" }, $"{before.Chunk.Header}\n{text}", cancellation);
            if (refused is not null)
            {
                return refused;
            }

            vector = made;
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        // The document first, as ingestion does: its next version is either not there yet and takes this over, or there already.
        var current = await work.QueryAsync(
            $"""
            with held as (select id, version from documents where tenant_id = $1 and id = $2 for update)
            select {ChunkRows.Columns} from chunks c where c.tenant_id = $1 and c.id = $3 and exists (select from held where version = c.version) for update
            """,
            ChunkRows.Read, cancellation, tenant, before.Document, id);
        if (current is not [var now])
        {
            return new ChangeChunkOutcome.NotFound();
        }

        if (now.Revision != (update.Revision ?? before.Chunk.Revision))
        {
            return new ChangeChunkOutcome.Outdated(now.Revision);
        }

        bool enabled = update.Enabled ?? now.Enabled;
        if (enabled != now.Enabled || text != now.Text)
        {
            now = now with
            {
                Enabled = enabled,
                Text = text,
                Original = original,
                Edited = original is not null,
                Tokens = text == now.Text ? now.Tokens : Math.Max(tokens.CountTokens(text), TokenEstimate.Of(text)),
                Revision = now.Revision + 1,
            };
            await WriteAsync(work, before, now, vector, user, key, cancellation);
            await ChunkSwitch.RefreshAsync(work, id, cancellation);
            await work.CommitAsync(cancellation);
            signals.Changed(tenant, before.Document.Value);
        }

        return new ChangeChunkOutcome.Changed(now);
    }

    // A text that is the page's own is no edit.
    private static (string Text, string? Original) Wanted(DocumentChunk chunk, ChunkUpdate update)
    {
        string page = chunk.Original ?? chunk.Text;
        string text = !update.Rewrites ? chunk.Text : update.Text ?? page;
        return (text, text == page ? null : page);
    }

    private async Task<(DocumentId Document, DocumentChunk Chunk)?> FindAsync(TenantId tenant, ChunkId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            $"""
            select {ChunkRows.Columns}, document_id from chunks c
            where tenant_id = $1 and id = $2
                and exists (select from documents d where d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version)
            """,
            row => (Document: DocumentId.From(row.GetGuid(14)), Chunk: ChunkRows.Read(row)), cancellation, tenant, id);
        return found is [var one] ? one : null;
    }

    private async Task<(NewVector? Vector, ChangeChunkOutcome? Refused)> EmbedAsync(GatewayCaller caller, string text, CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = new(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            string model = await tenants.ModelAsync(caller.Tenant, either.Token);
            // Somebody looks on: where a limit says later, so does this.
            var vectors = await embedder.GenerateAsync(caller, model, EmbeddingInput.Document, [text], waits: false, either.Token);
            var halves = new Half[vectors[0].Dimensions];
            System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(vectors[0].Vector.Span, halves);
            return (new(new HalfVector(halves), await spaces.EnsureAsync(model, vectors[0].Dimensions, either.Token)), null);
        }
        catch (CallRefusedException refused)
        {
            bool later = refused.Refused.Reason != Refusal.BudgetSpent;
            return (null, new ChangeChunkOutcome.NotEmbedded(refused.Refused.Code, refused.Refused.Message, later));
        }
        catch (Exception failed) when (failed is ModelCallException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (null, new ChangeChunkOutcome.NotEmbedded(
                "chunks:not-embedded", "The embedding model did not answer, so the text was left as it is. Try again in a moment.", Later: true));
        }
    }

    private async Task WriteAsync(
        TenantWork work, (DocumentId Document, DocumentChunk Chunk) before, DocumentChunk now, NewVector? vector, UserId user, ApiKeyId? key,
        CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            "update chunks set enabled = $3, text = $4, original_text = $5, tokens = $6, revision = $7 where tenant_id = $1 and id = $2",
            cancellation, work.Tenant, now.Id, now.Enabled, now.Text, SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, now.Original), now.Tokens,
            now.Revision);
        if (vector is not null)
        {
            await work.ExecuteAsync(
                "update chunks set embedding = $3, space = $4 where tenant_id = $1 and id = $2",
                cancellation, work.Tenant, now.Id, new Npgsql.NpgsqlParameter { Value = vector.Vector }, vector.Space);
        }

        bool rewritten = now.Text != before.Chunk.Text;
        List<(string Kind, bool OfText)> kinds = [];
        if (now.Enabled != before.Chunk.Enabled)
        {
            kinds.Add((now.Enabled ? "enabled" : "disabled", false));
        }

        if (rewritten)
        {
            kinds.Add((now.Original is null ? "reset" : "edited", true));
        }

        foreach (var (kind, ofText) in kinds)
        {
            await work.ExecuteAsync(
                """
                insert into chunk_changes (id, tenant_id, document_id, chunk_id, kind, before, after, user_id, key_id, at)
                values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                cancellation, work.Tenant, Guid.CreateVersion7(time.GetUtcNow()), before.Document, now.Id, kind,
                SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, ofText ? before.Chunk.Text : null),
                SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, ofText ? now.Text : null), user,
                SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Uuid, key?.Value), time.GetUtcNow());
        }

        await work.ExecuteAsync(
            """
            delete from chunk_changes where tenant_id = $1 and chunk_id = $2 and id < (
                select id from chunk_changes where tenant_id = $1 and chunk_id = $2 order by id desc offset $3 limit 1)
            """,
            cancellation, work.Tenant, now.Id, ChunkLibrary.MostChanges - 1);
    }

    private sealed record NewVector(HalfVector Vector, string Space);
}
