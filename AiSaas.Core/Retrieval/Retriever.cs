using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Retrieval;

/// <summary>Finds the passages of a tenant that may answer a question, by words (BM25) and by meaning (vectors).</summary>
/// <remarks>
/// 1. Embed the question; where that fails, words alone are searched and the result says so.
/// 2. <c>app.search</c>: candidates with raw scores, ids only.
/// 3. Weigh the scores; read the texts of the best from behind the wall; thin near-duplicates.
/// 4. Keep a record, where the query says who asks.
/// </remarks>
public sealed class Retriever
{
    // So many candidates from words and from vectors each: enough that the best by both is among them.
    private const int FewestCandidates = 60;

    private readonly TenantDatabase _database;
    private readonly QuestionEmbedder _embedder;
    private readonly TimeProvider _clock;
    private readonly QueryRecorder? _recorder;

    internal Retriever(TenantDatabase database, QuestionEmbedder embedder, TimeProvider clock, QueryRecorder? recorder = null) =>
        (_database, _embedder, _clock, _recorder) = (database, embedder, clock, recorder);

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

        var embedded = await _embedder.EmbedAsync(question, cancellation);
        double embedMs = Milliseconds(started);

        await using var work = await _database.BeginAsync(tenant, cancellation);
        var (candidates, lexicalMs, vectorMs) = await SearchAsync(work, question, embedded, query, cancellation);
        long found = _clock.GetTimestamp();
        // Twice the limit, since some will turn out to be near-duplicates.
        var space = query.Weight is { } weight && embedded.Space is { } own ? own with { Weight = weight } : embedded.Space;
        var best = ScoreFusion.Rank(candidates, space)
            .Where(ranked => Relevance.Of(ranked.Candidate, space) >= query.Floor).Take(query.Limit * 2).ToList();
        var passages = NearDuplicates.Thin(await ReadAsync(work, best, space, cancellation), query.Limit);
        RetrievalResult result = new(
            passages,
            new(embedMs, lexicalMs, vectorMs, Milliseconds(found), Milliseconds(started)),
            embedded.Space?.Id,
            embedded.Missing);
        _recorder?.Record(tenant, query, question, result);
        return result;
    }

    private static async Task<(List<Candidate> Candidates, double LexicalMs, double VectorMs)> SearchAsync(
        TenantWork work, string question, EmbeddedQuestion embedded, RetrievalQuery query, CancellationToken cancellation)
    {
        List<Candidate> candidates = [];
        double lexicalMs = 0;
        double vectorMs = 0;
        await using var command = work.Command(
            "select chunk_id, lexical, coverage, cosine, lexical_ms, vector_ms from app.search($1, $2, $3, $4, $5, $6, $7)",
            question,
            SqlParameter.Typed(NpgsqlDbType.Text, embedded.Space?.Id),
            new NpgsqlParameter { DataTypeName = "halfvec", Value = (object?)embedded.Vector ?? DBNull.Value },
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
        TenantWork work, List<(Candidate Candidate, double Score)> best, EmbeddingSpace? space, CancellationToken cancellation)
    {
        if (best.Count == 0)
        {
            return [];
        }

        var scored = best.Select((ranked, index) => (ranked.Candidate, ranked.Score, Place: index + 1)).ToDictionary(ranked => ranked.Candidate.Id);
        var passages = await work.QueryAsync(
            """
            select c.id, c.document_id, c.collection_id, d.name, c.section, c.page, c.start_offset, c.end_offset, c.text
            from chunks c join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version
            where c.tenant_id = $1 and c.id = any($2)
            """,
            reader =>
            {
                var (candidate, score, place) = scored[ChunkId.From(reader.GetGuid(0))];
                return new Passage(
                    candidate.Id, DocumentId.From(reader.GetGuid(1)), CollectionId.From(reader.GetGuid(2)), reader.GetString(3),
                    reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7),
                    reader.GetString(8), score, candidate.Lexical > 0 ? candidate.Lexical : null, candidate.Cosine)
                {
                    Coverage = candidate.Coverage,
                    Relevance = Relevance.Of(candidate, space),
                    FusedRank = place,
                };
            },
            cancellation, work.Tenant, SqlParameter.Ids(scored.Keys));
        return passages.OrderByDescending(passage => passage.Score).ThenBy(passage => passage.ChunkId.Value);
    }

    private static NpgsqlParameter Filter<T>(NpgsqlDbType type, IEnumerable<T>? values) =>
        SqlParameter.Typed(NpgsqlDbType.Array | type, values?.ToArray() is { Length: > 0 } some ? some : null);

    private double Milliseconds(long since) => _clock.GetElapsedTime(since).TotalMilliseconds;
}
