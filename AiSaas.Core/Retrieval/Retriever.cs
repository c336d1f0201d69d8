using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Retrieval.Reranking;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Retrieval;

/// <summary>Finds the passages of a tenant that may answer a question, by words (BM25) and by meaning (vectors).</summary>
/// <remarks>
/// 1. Plan: what is searched for, in one phrasing or several.
/// 2. Embed each; where that fails, words alone are searched and the result says so. <c>app.search</c>, once a phrasing and space:
///    candidates with raw scores, ids only. Weigh the scores.
/// 3. Read the texts of the best from behind the wall; thin near-duplicates.
/// 4. Rerank, where that is configured.
/// </remarks>
public sealed class Retriever
{
    // So many candidates from words and from vectors each: enough that the best by both is among them.
    private const int FewestCandidates = 60;

    private readonly TenantDatabase _database;
    private readonly QuestionEmbedder _embedder;
    private readonly TimeProvider _clock;
    private readonly QueryPlanner? _planner;
    private readonly PassageReranker? _reranker;

    internal Retriever(
        TenantDatabase database, QuestionEmbedder embedder, TimeProvider clock, QueryPlanner? planner = null, PassageReranker? reranker = null) =>
        (_database, _embedder, _clock, _planner, _reranker) = (database, embedder, clock, planner, reranker);

    public async Task<RetrievalResult> FindAsync(TenantId tenant, RetrievalQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, RetrievalQuery.MaxLimit);
        long started = _clock.GetTimestamp();
        string question = QuestionText.Clean(query.Text);
        if (question.Length == 0)
        {
            return new([], new(0, 0, 0, 0, 0), null, null);
        }

        var plan = query.Plan ?? (_planner is null ? QueryPlan.Plain(question) : await _planner.PlanAsync(tenant, query, cancellation));
        var search = await SearchAsync(tenant, plan, query, cancellation);
        long found = _clock.GetTimestamp();
        bool reranks = _reranker is { IsOn: true };
        int wanted = reranks ? Math.Max(query.Limit, _reranker!.Top) : query.Limit;
        IReadOnlyList<Passage> passages;
        await using (var work = await _database.BeginAsync(tenant, cancellation))
        {
            // Twice the number, since some will turn out to be near-duplicates.
            passages = NearDuplicates.Thin(await ReadAsync(work, [.. search.Ranked.Take(wanted * 2)], cancellation), wanted);
        }

        double fusionMs = Milliseconds(found);
        RerankReport? rerank = null;
        if (reranks)
        {
            (passages, rerank) = await _reranker!.RankAsync(tenant, query.User, plan.Query, passages, cancellation);
        }

        return new(
            [.. passages.Take(query.Limit)],
            new(search.EmbedMs, search.LexicalMs, search.VectorMs, fusionMs, Milliseconds(started))
            {
                PlanMs = plan.Milliseconds,
                RerankMs = rerank?.Milliseconds ?? 0,
            },
            search.Spaces is [var first, ..] ? first : null,
            search.Missing)
        {
            Spaces = search.Spaces,
            Plan = plan,
            Rerank = rerank,
        };
    }

    // A question has one phrasing and one space nearly always; more come one after the other, on one connection.
    private async Task<SearchOutcome> SearchAsync(TenantId tenant, QueryPlan plan, RetrievalQuery query, CancellationToken cancellation)
    {
        long started = _clock.GetTimestamp();
        var embedded = await Task.WhenAll(plan.Phrasings.Select(phrasing => _embedder.EmbedAsync(tenant, query.User, phrasing, cancellation)));
        double embedMs = Milliseconds(started), lexicalMs = 0, vectorMs = 0;
        List<List<RankedCandidate>> phrasings = [];
        await using var work = await _database.BeginAsync(tenant, cancellation);
        foreach (var (phrasing, vectors) in plan.Phrasings.Zip(embedded))
        {
            List<(EmbeddingSpace? Space, List<(Candidate, double)> Ranked)> runs = [];
            foreach (var vector in vectors.Vectors.Count == 0 ? [null] : vectors.Vectors.Cast<SpaceVector?>())
            {
                var (candidates, lexical, nearest) = await SearchAsync(work, phrasing, vector, query, cancellation);
                runs.Add((vector?.Space, ScoreFusion.Rank(candidates, vector?.Space)));
                (lexicalMs, vectorMs) = (lexicalMs + lexical, vectorMs + nearest);
            }

            phrasings.Add(SpaceFusion.OfSpaces(runs));
        }

        return new(
            SpaceFusion.OfPhrasings(phrasings), embedMs, lexicalMs, vectorMs, [.. embedded[0].Vectors.Select(vector => vector.Space.Id)],
            embedded[0].Missing);
    }

    private static async Task<(List<Candidate> Candidates, double LexicalMs, double VectorMs)> SearchAsync(
        TenantWork work, string question, SpaceVector? vector, RetrievalQuery query, CancellationToken cancellation)
    {
        List<Candidate> candidates = [];
        double lexicalMs = 0;
        double vectorMs = 0;
        await using var command = work.Command(
            "select chunk_id, lexical, coverage, cosine, lexical_ms, vector_ms from app.search($1, $2, $3, $4, $5, $6, $7)",
            question,
            SqlParameter.Typed(NpgsqlDbType.Text, vector?.Space.Id),
            new NpgsqlParameter { DataTypeName = "halfvec", Value = (object?)vector?.Vector ?? DBNull.Value },
            Filter(NpgsqlDbType.Uuid, query.Collections?.Select(id => id.Value)),
            Filter(NpgsqlDbType.Uuid, query.Documents?.Select(id => id.Value)),
            Filter(NpgsqlDbType.Text, query.ContentTypes),
            Math.Max(FewestCandidates, query.Limit * 3));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            candidates.Add(new(
                ChunkId.From(reader.GetGuid(0)),
                reader.IsDBNull(1) ? 0 : reader.GetDouble(1),
                reader.IsDBNull(2) ? 0 : reader.GetDouble(2),
                reader.IsDBNull(3) ? null : reader.GetDouble(3)));
            (lexicalMs, vectorMs) = (reader.GetDouble(4), reader.GetDouble(5));
        }

        return (candidates, lexicalMs, vectorMs);
    }

    // The texts, read as the tenant: what the index should wrongly hold of somebody else's, or of a version that is gone, ends here.
    private static async Task<IEnumerable<Passage>> ReadAsync(
        TenantWork work, IReadOnlyList<RankedCandidate> best, CancellationToken cancellation)
    {
        if (best.Count == 0)
        {
            return [];
        }

        var scored = best.ToDictionary(ranked => ranked.Candidate.Id);
        var passages = await work.QueryAsync(
            """
            select c.id, c.document_id, c.collection_id, d.name, c.section, c.page, c.start_offset, c.end_offset, c.text
            from chunks c join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version
            where c.tenant_id = $1 and c.id = any($2)
            """,
            reader =>
            {
                var (candidate, score, _) = scored[ChunkId.From(reader.GetGuid(0))];
                return new Passage(
                    candidate.Id, DocumentId.From(reader.GetGuid(1)), CollectionId.From(reader.GetGuid(2)), reader.GetString(3),
                    reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7),
                    reader.GetString(8), score, candidate.Lexical > 0 ? candidate.Lexical : null, candidate.Cosine)
                {
                    Coverage = candidate.Coverage,
                };
            },
            cancellation, work.Tenant, SqlParameter.Ids(scored.Keys));
        return passages.OrderByDescending(passage => passage.Score).ThenBy(passage => passage.ChunkId.Value);
    }

    private static NpgsqlParameter Filter<T>(NpgsqlDbType type, IEnumerable<T>? values) =>
        SqlParameter.Typed(NpgsqlDbType.Array | type, values?.ToArray() is { Length: > 0 } some ? some : null);

    private double Milliseconds(long since) => _clock.GetElapsedTime(since).TotalMilliseconds;

    private sealed record SearchOutcome(
        List<RankedCandidate> Ranked, double EmbedMs, double LexicalMs, double VectorMs, IReadOnlyList<string> Spaces, string? Missing);
}
