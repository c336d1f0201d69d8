using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Retrieval;

/// <summary>A word that thousands of passages have is looked up in the list of the best of them.</summary>
public sealed class WordListTests(Stack stack) : IClassFixture<Stack>
{
    private const int Large = 7_000;
    private static readonly WordListOptions Low = new() { Passages = 1_000, Rare = 500, Longest = 200 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_best_of_thousands_of_passages_are_found_wherever_they_lie_as_long_as_they_are_there_and_visible()
    {
        await using var large = await Corpus.MakeAsync(stack);
        await using var small = await Corpus.MakeAsync(stack);
        await small.AddAsync(["lamp of mine"]);
        var document = await FillAsync(large);
        int[] best = [.. Enumerable.Range(1, 10).Select(i => i * Large / 10)];
        Assert.NotEqual(best, await FindAsync(large));

        Assert.Equal(1, await Lists().KeepAsync(Cancellation));
        Assert.Equal(0, await Lists().KeepAsync(Cancellation));

        Assert.Equal(best, await FindAsync(large));
        // A filter and the wall hold for what is listed.
        var other = CollectionId.New();
        await large.AddCollectionAsync(other);
        Assert.Empty(await FindAsync(large, new("lamp harbour") { Collections = [other] }));
        Assert.Equal([0], await FindAsync(small));

        // Hidden, as a version that is in the index in part.
        await stack.ScalarAsync<object>("insert into index_stages (tenant_id, document_id, version, indexed) values ($1, $2, 1, -1)", large.Tenant.Value, document.Value);
        Assert.Empty(await FindAsync(large));
        await stack.ScalarAsync<object>("delete from index_stages where document_id = $1", document.Value);

        // Places of a table that was written anew say nothing any more.
        await stack.ScalarAsync<object>("vacuum full lexical_passages");
        Assert.NotEqual(best, await FindAsync(large));
        Assert.Equal(1, await Lists().KeepAsync(Cancellation));
        Assert.Equal(best, await FindAsync(large));

        await stack.ScalarAsync<object>("delete from lexical_passages l using chunks c where c.id = l.chunk_id and c.document_id = $1 and c.ordinal = $2", document.Value, Large);
        Assert.Equal(best[..^1], (await FindAsync(large)).Intersect(best));

        // A tenant that is no longer large has no lists soon, and a word that nobody has any more has none at once.
        await stack.ScalarAsync<object>("delete from lexical_passages where tenant_id = $1 and chunk_id not in (select chunk_id from lexical_passages where tenant_id = $1 limit 100)", large.Tenant.Value);
        Assert.Equal(2, await ListsAsync(large, "lamp", "harbour"));
        await stack.ScalarAsync<object>("delete from lexical_passages where tenant_id = $1", large.Tenant.Value);
        Assert.Equal(0, await ListsAsync(large, "lamp", "harbour"));
        await Corpus.AssertStatisticsAsync(stack);
        Assert.Equal(1, await Lists().KeepAsync(Cancellation));
        Assert.Equal(0, await Lists().KeepAsync(Cancellation));
    }

    private WordLists Lists() => new(stack.Owner, Options.Create(Low), NullLogger<WordLists>.Instance);

    private Task<long> ListsAsync(Corpus corpus, params string[] words) => stack.ScalarAsync<long>(
        "select count(*) from lexicon_best where tenant_id = $1 and term = any($2)", corpus.Tenant.Value, words)!;

    // All of them have both words four times, so that how often tells little; one in seven hundred has them more often and is shorter.
    private static async Task<DocumentId> FillAsync(Corpus corpus)
    {
        var document = await corpus.AddAsync(["nothing of that kind"]);
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, Cancellation);
        await work.ExecuteAsync(
            """
            insert into chunks (id, tenant_id, collection_id, document_id, version, ordinal, page, start_offset, end_offset, header, text, tokens, language)
            select gen_random_uuid(), $1, $2, $3, 1, i, 1, i * 1000, i * 1000 + 1, '',
                case when i % ($4 / 10) = 0 then repeat('lamp harbour ', 8)
                    else repeat('lamp harbour ', 4) || (select string_agg('w' || (i * 31 + n) % 5000, ' ') from generate_series(1, 20) n) end, 0, 'english'
            from generate_series(1, $4) i
            """,
            Cancellation, work.Tenant, corpus.Home, document, Large);
        await ChunkIndexer.IndexAsync(work, document, 1, Cancellation);
        await work.CommitAsync(Cancellation);
        return document;
    }

    /// <returns>The ordinals of the ten best by words, in order.</returns>
    private static async Task<List<int>> FindAsync(Corpus corpus, RetrievalQuery? query = null)
    {
        var found = await CandidateSearch.FindAsync(corpus.Database, corpus.Tenant, [new("lamp harbour", "use-lite-en", null)], query ?? new("lamp harbour"), Cancellation);
        var ids = found[0].Candidates.OrderByDescending(one => one.Lexical).Take(10).Select(one => one.Id.Value).ToArray();
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, Cancellation);
        return await work.QueryAsync(
            "select ordinal from chunks where tenant_id = $1 and id = any($2) order by 1", row => row.GetInt32(0), Cancellation, work.Tenant, ids);
    }
}
