using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Retrieval;

/// <summary>What documents are like decides inside the query, for words and for vectors.</summary>
public sealed class SearchFilterTests(Stack stack) : IClassFixture<Stack>
{
    [Fact]
    public async Task Names_and_times_leave_out_what_does_not_fit()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var manual = await AddAsync(corpus, "Manual_1 of 100%.pdf", "2026-01-10T00:00:00Z");
        var report = await AddAsync(corpus, "ManualX1 report.pdf", "2026-03-10T00:00:00Z");

        Assert.Equal([manual, report], await FindAsync(corpus, new("refund")));
        Assert.Equal([manual, report], await FindAsync(corpus, new("refund") { NamePrefix = "manual" }));
        // Marks that SQL would take for placeholders are letters here.
        Assert.Equal([manual], await FindAsync(corpus, new("refund") { NamePrefix = "manual_1 of 100%" }));
        Assert.Empty(await FindAsync(corpus, new("refund") { NamePrefix = "%" }));
        Assert.Equal([report], await FindAsync(corpus, new("refund") { CreatedFrom = new(2026, 3, 10, 1, 0, 0, TimeSpan.FromHours(1)) }));
        Assert.Equal([manual], await FindAsync(corpus, new("refund") { CreatedTo = new(2026, 3, 10, 0, 0, 0, TimeSpan.Zero) }));
        Assert.Equal([manual], await FindAsync(corpus, new("refund") { NamePrefix = "MANUAL", ContentTypes = ["text/plain"], CreatedTo = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero) }));
        Assert.Empty(await FindAsync(corpus, new("refund") { NamePrefix = "manual_1", CreatedFrom = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero) }));
    }

    [Fact]
    public async Task Vectors_keep_to_the_filter_too()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await AddAsync(corpus, "a.txt", "2026-01-10T00:00:00Z");
        var wanted = await AddAsync(corpus, "b.txt", "2026-01-10T00:00:00Z");

        var found = await corpus.Retriever(withModel: true).FindAsync(
            corpus.Tenant, new("When do I get my money back?") { NamePrefix = "b" }, TestContext.Current.CancellationToken);

        Assert.Equal([wanted], found.Passages.Select(passage => passage.DocumentId));
    }

    [Fact]
    public async Task Several_phrasings_are_searched_at_once_and_one_alone_gives_the_same()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["A refund takes five working days.", "The warranty covers two years.", "The office is closed."]);

        var both = await SearchAsync("refund", "warranty");
        var alone = await SearchAsync("refund");

        Assert.Equal(2, both.Count);
        Assert.Equal(alone[0].Candidates, both[0].Candidates);
        Assert.NotEqual(both[0].Candidates.Single().Id, both[1].Candidates.Single().Id);

        Task<IReadOnlyList<CandidateList>> SearchAsync(params string[] texts) => CandidateSearch.FindAsync(
            corpus.Database, corpus.Tenant, [.. texts.Select(text => new SearchPhrase(text, null, null))], new("unused"), TestContext.Current.CancellationToken);
    }

    private async Task<DocumentId> AddAsync(Corpus corpus, string name, string created)
    {
        var document = await corpus.AddAsync(["A refund takes five working days.", "The office is closed on Sundays."], embed: true);
        await stack.ScalarAsync<int>(
            "update documents set name = $2, created_at = $3::timestamptz where id = $1",
            document.Value, name, DateTime.Parse(created, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AdjustToUniversal));
        return document;
    }

    // Copies of one text count once in a result, so each document is asked for by itself.
    private static async Task<IEnumerable<DocumentId>> FindAsync(Corpus corpus, RetrievalQuery query)
    {
        var candidates = (await CandidateSearch.FindAsync(
            corpus.Database, corpus.Tenant, [new(query.Text, null, null)], query, TestContext.Current.CancellationToken))[0].Candidates;
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, TestContext.Current.CancellationToken);
        return await work.QueryAsync(
            "select distinct document_id from chunks where id = any($1) order by 1", row => DocumentId.From(row.GetGuid(0)),
            TestContext.Current.CancellationToken, SqlParameter.Ids(candidates.Select(candidate => candidate.Id)));
    }
}
