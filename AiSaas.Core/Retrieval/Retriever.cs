using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Retrieval;

/// <summary>Finds the passages of a tenant that may answer a question, by words (BM25) and by meaning (vectors).</summary>
/// <remarks>
/// 1. Embed the question; where that fails, words alone are searched and the result says so.
/// 2. <c>app.search</c>: candidates with raw scores, ids only.
/// 3. Weigh the scores; read the texts of the best from behind the wall; thin near-duplicates.
/// </remarks>
public sealed class Retriever
{
    private readonly TenantDatabase _database;
    private readonly QuestionEmbedder _embedder;
    private readonly TimeProvider _clock;

    internal Retriever(TenantDatabase database, QuestionEmbedder embedder, TimeProvider clock) =>
        (_database, _embedder, _clock) = (database, embedder, clock);

    public async Task<RetrievalResult> FindAsync(TenantId tenant, RetrievalQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, RetrievalQuery.MaxLimit);
        string question = QuestionText.Clean(query.Text);
        if (question.Length == 0)
        {
            return new([], new(0, 0, 0, 0, 0), null, null);
        }

        long started = _clock.GetTimestamp();
        var embedded = await _embedder.EmbedAsync(question, cancellation);
        return await FindAsync(tenant, query, question, embedded, started, cancellation);
    }

    /// <summary>The same for a question that is embedded already.</summary>
    internal async Task<RetrievalResult> FindAsync(
        TenantId tenant, RetrievalQuery query, string question, EmbeddedQuestion embedded, long started, CancellationToken cancellation)
    {
        double embedMs = Milliseconds(started);
        SearchPhrase phrase = new(question, embedded.Space?.Id, embedded.Vector);
        var lists = await CandidateSearch.FindAsync(_database, tenant, [phrase], query, cancellation);
        var (candidates, lexicalMs, vectorMs) = lists[0];
        long found = _clock.GetTimestamp();
        // Twice the limit, since some will turn out to be near-duplicates.
        var best = ScoreFusion.Rank(candidates, embedded.Space).Take(query.Limit * 2).ToList();
        var passages = NearDuplicates.Thin(await ReadAsync(tenant, best, cancellation), query.Limit);
        return new(
            passages,
            new(embedMs, lexicalMs, vectorMs, Milliseconds(found), Milliseconds(started)),
            embedded.Space?.Id,
            embedded.Missing);
    }

    // The texts, read as the tenant: what the index should wrongly hold of somebody else's, or of a version that is gone, ends here.
    private async Task<IEnumerable<Passage>> ReadAsync(
        TenantId tenant, List<(Candidate Candidate, double Score)> best, CancellationToken cancellation)
    {
        if (best.Count == 0)
        {
            return [];
        }

        var scored = best.ToDictionary(ranked => ranked.Candidate.Id, ranked => (ranked.Candidate, ranked.Score));
        List<Passage> passages = new(best.Count);
        await using var read = await _database.ReadAsync(tenant, cancellation);
        read.Add(
            """
            select c.id, c.document_id, c.collection_id, d.name, c.section, c.page, c.start_offset, c.end_offset, c.text
            from chunks c join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version
            where c.tenant_id = $1 and c.id = any($2)
            """,
            tenant, SqlParameter.Ids(scored.Keys));
        await using var reader = await read.ExecuteAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            passages.Add(Passage(reader, scored));
        }

        return passages.OrderByDescending(passage => passage.Score).ThenBy(passage => passage.ChunkId.Value);
    }

    private static Passage Passage(NpgsqlDataReader reader, Dictionary<ChunkId, (Candidate Candidate, double Score)> scored)
    {
        var (candidate, score) = scored[ChunkId.From(reader.GetGuid(0))];
        return new Passage(
            candidate.Id, DocumentId.From(reader.GetGuid(1)), CollectionId.From(reader.GetGuid(2)), reader.GetString(3),
            reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7),
            reader.GetString(8), score, candidate.Lexical > 0 ? candidate.Lexical : null, candidate.Cosine)
        {
            Coverage = candidate.Coverage,
            Proximity = candidate.Proximity,
        };
    }

    private double Milliseconds(long since) => _clock.GetElapsedTime(since).TotalMilliseconds;
}
