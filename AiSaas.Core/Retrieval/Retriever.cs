using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Retrieval.Reranking;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Retrieval;

/// <summary>Finds the passages of a tenant that may answer a question, by words (BM25) and by meaning (vectors).</summary>
/// <remarks>
/// 1. Plan: what is searched for, in one phrasing or several.
/// 2. Embed each; where that fails, words alone are searched and the result says so. <c>app.search</c>, for all phrasings and spaces in one
///    round trip: candidates with raw scores, ids only. Weigh the scores.
/// 3. Read the texts of the best from behind the wall; thin near-duplicates.
/// 4. Rerank, where that is configured.
/// 5. Where it is asked for, read what stands around them.
/// 6. Keep a record, where the query says who asks.
/// </remarks>
public sealed class Retriever
{
    private readonly TenantDatabase _database;
    private readonly QuestionEmbedder _embedder;
    private readonly TimeProvider _clock;
    private readonly QueryPlanner? _planner;
    private readonly PassageReranker? _reranker;
    private readonly QueryRecorder? _recorder;

    internal Retriever(
        TenantDatabase database, QuestionEmbedder embedder, TimeProvider clock,
        QueryPlanner? planner = null, PassageReranker? reranker = null, QueryRecorder? recorder = null) =>
        (_database, _embedder, _clock, _planner, _reranker, _recorder) = (database, embedder, clock, planner, reranker, recorder);

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
        long planned = _clock.GetTimestamp();
        var embedded = await Task.WhenAll(plan.Phrasings.Select(phrasing => _embedder.EmbedAsync(query.Caller(tenant, "search"), phrasing, cancellation)));
        return await FindAsync(tenant, query, plan, embedded, started, Milliseconds(planned), cancellation);
    }

    /// <summary>The same for a question that is planned and embedded already.</summary>
    internal async Task<RetrievalResult> FindAsync(
        TenantId tenant, RetrievalQuery query, QueryPlan plan, EmbeddedQuestion[] embedded, long started, double embedMs,
        CancellationToken cancellation)
    {
        var (ranked, lexicalMs, vectorMs) = await RankAsync(tenant, query, plan, embedded, cancellation);
        long found = _clock.GetTimestamp();
        bool reranks = _reranker is { IsOn: true } && query.Reranks;
        int wanted = reranks ? Math.Max(query.Limit, _reranker!.Top) : query.Limit;
        // Twice the number, since some will turn out to be near-duplicates.
        IReadOnlyList<Passage> passages = NearDuplicates.Thin(
            await PassageReader.ReadAsync(_database, tenant, [.. ranked.Take(wanted * 2)], cancellation), wanted);
        double fusionMs = Milliseconds(found);
        RerankReport? rerank = null;
        if (reranks)
        {
            (passages, rerank) = await _reranker!.RankAsync(query.Caller(tenant, "rerank"), plan.Query, passages, cancellation);
        }

        passages = [.. passages.Take(query.Limit)];
        if (query.Expand is { } budget && passages.Count > 0)
        {
            await using var work = await _database.BeginAsync(tenant, cancellation);
            passages = await PassageExpansion.ExpandAsync(work, passages, budget, cancellation);
        }

        IReadOnlyList<string> spaces = [.. embedded[0].Vectors.Select(vector => vector.Space.Id)];
        RetrievalResult result = new(
            passages,
            new(embedMs, lexicalMs, vectorMs, fusionMs, Milliseconds(started))
            {
                PlanMs = plan.Milliseconds,
                RerankMs = rerank?.Milliseconds ?? 0,
            },
            spaces is [var first, ..] ? first : null,
            embedded[0].Missing)
        {
            Spaces = spaces,
            Plan = plan,
            Rerank = rerank,
        };
        _recorder?.Record(tenant, query, result);
        return result;
    }

    private async Task<(IEnumerable<RankedCandidate> Ranked, double LexicalMs, double VectorMs)> RankAsync(
        TenantId tenant, RetrievalQuery query, QueryPlan plan, EmbeddedQuestion[] embedded, CancellationToken cancellation)
    {
        // A question has one phrasing and one space nearly always.
        List<(string Text, SpaceVector? Vector, int Phrasing)> asked = [];
        foreach (var (index, phrasing) in plan.Phrasings.Index())
        {
            var vectors = embedded[index].Vectors;
            asked.AddRange(vectors.Count == 0 ? [(phrasing, null, index)] : vectors.Select(vector => (phrasing, (SpaceVector?)vector, index)));
        }

        var lists = await CandidateSearch.FindAsync(
            _database, tenant, [.. asked.Select(one => new SearchPhrase(one.Text, one.Vector?.Space.Id, one.Vector?.Vector))], query, cancellation);
        var phrasings = asked.Zip(lists).GroupBy(one => one.First.Phrasing).Select(runs => SpaceFusion.OfSpaces([.. runs.Select(run =>
        {
            var space = Weighted(run.First.Vector?.Space, query);
            return (space, ScoreFusion.Rank(run.Second.Candidates, space));
        })])).ToList();
        var ranked = SpaceFusion.OfPhrasings(phrasings).Where(one => Relevance.Of(one.Candidate, one.Space) >= query.Floor);
        return (ranked, lists.Sum(list => list.LexicalMs), lists.Sum(list => list.VectorMs));
    }

    private static EmbeddingSpace? Weighted(EmbeddingSpace? space, RetrievalQuery query) =>
        space is not null && query.Weight is { } weight ? space with { Weight = weight } : space;

    private double Milliseconds(long since) => _clock.GetElapsedTime(since).TotalMilliseconds;
}
