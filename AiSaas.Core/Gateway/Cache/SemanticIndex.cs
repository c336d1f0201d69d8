using AiSaas.Core.Persistence;
using AiSaas.Llm.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pgvector;

namespace AiSaas.Core.Gateway.Cache;

/// <summary>Finds a kept answer to a question that means the same, among those with the same filter.</summary>
/// <remarks>Similarity covers the last user turn only. A vector hardly sees a "not" or a number, so these must be equal word by word
/// (<see cref="QuestionGuard"/>).</remarks>
internal sealed partial class SemanticIndex(
    TenantDatabase database, EmbeddingCatalog embedders, TimeProvider clock, ILogger<SemanticIndex> logger)
{
    /// <summary>Of one tenant; the oldest give way.</summary>
    private const int MostQuestions = 10_000;

    private const int LongestQuestion = 2_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>The digest of the answer to the most similar question; null if none is similar enough.</returns>
    public async Task<string?> FindAsync(CachePlan plan, double threshold, CancellationToken cancellation)
    {
        if (plan.Digest is not { Filter: { } filter, Question.Length: <= LongestQuestion } || await VectorAsync(plan, cancellation) is not { } vector)
        {
            return null;
        }

        try
        {
            await using var work = await database.BeginAsync(plan.Tenant, cancellation);
            return await work.ScalarAsync<string>(
                """
                select answer from (
                    select answer, embedding <=> $4 as distance from semantic_answers
                    where tenant_id = $1 and filter = $2 and guard = $3 and embedder = $5 and expires_at > $6
                    order by distance limit 1) nearest
                where distance <= $7
                """,
                cancellation, plan.Tenant, filter, QuestionGuard.Of(plan.Digest.Question!), new Vector(vector), embedders.DefaultModel, clock.GetUtcNow(), 1 - threshold);
        }
        catch (NpgsqlException failure)
        {
            Log.Failed(logger, failure);
            return null;
        }
    }

    public async Task KeepAsync(CachePlan plan, TimeSpan life, CancellationToken cancellation)
    {
        if (plan.Digest is not { Filter: { } filter, Question.Length: <= LongestQuestion } || await VectorAsync(plan, cancellation) is not { } vector)
        {
            return;
        }

        try
        {
            var now = clock.GetUtcNow();
            await using var work = await database.BeginAsync(plan.Tenant, cancellation);
            await work.ExecuteAsync(
                """
                with gone as (
                    delete from semantic_answers where tenant_id = $1 and (expires_at <= $7 or id in (
                        select id from semantic_answers where tenant_id = $1 order by expires_at desc offset $9)))
                insert into semantic_answers (id, tenant_id, filter, guard, embedder, embedding, answer, expires_at)
                values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $8)
                on conflict (tenant_id, answer) do update set expires_at = excluded.expires_at
                """,
                cancellation, plan.Tenant, filter, QuestionGuard.Of(plan.Digest.Question!), embedders.DefaultModel, new Vector(vector), plan.Digest.Exact,
                now, now + life, MostQuestions);
            await work.CommitAsync(cancellation);
        }
        catch (NpgsqlException failure)
        {
            Log.Failed(logger, failure);
        }
    }

    // Null where the embedder doesn't answer: then nothing is similar.
    private async Task<float[]?> VectorAsync(CachePlan plan, CancellationToken cancellation)
    {
        if (plan.Vector is { } known)
        {
            return known;
        }

        using CancellationTokenSource deadline = new(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            var vector = await embedders.Default.GenerateVectorAsync(plan.Digest.Question!, cancellationToken: either.Token);
            return plan.Vector = vector.ToArray();
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            Log.Failed(logger, failure);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The semantic cache could not be used; the model is asked instead.")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
