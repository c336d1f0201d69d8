using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using Npgsql;

namespace AiSaas.Tests.Retrieval;

public sealed class RetrieverTests(Stack stack) : IClassFixture<Stack>
{
    [Fact]
    public async Task A_question_finds_its_passage_by_words_and_by_meaning()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(
            ["A refund takes five working days.", "Our office is closed on Sundays.", "The warranty covers two years."], embed: true);

        var found = await corpus.Retriever(withModel: true).FindAsync(
            corpus.Tenant, new("When do I get my money back?"), TestContext.Current.CancellationToken);

        Assert.Equal("use-lite-en", found.Space);
        Assert.Null(found.Degraded);
        // The other two have nothing to do with it, in words or in meaning.
        var only = Assert.Single(found.Passages);
        Assert.Equal("A refund takes five working days.", only.Text);
        Assert.Null(only.Lexical);
        Assert.InRange(only.Vector!.Value, .35, 1);
        Assert.InRange(only.Score, .39, .41);
        Assert.True(found.Timings.TotalMs >= found.Timings.EmbedMs + found.Timings.FusionMs);
    }

    [Fact]
    public async Task Without_an_embedder_words_alone_are_searched_and_the_result_says_so()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["A refund takes five working days.", "The warranty covers two years."], embed: true);

        var found = await corpus.FindAsync("refund");

        Assert.Equal("A refund takes five working days.", Assert.Single(found.Passages).Text);
        Assert.Null(found.Passages[0].Vector);
        Assert.Null(found.Space);
        Assert.Contains("use-lite-en", found.Degraded, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_spaces_weight_decides_between_words_and_meaning()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        string words = "Reimburse, reimbursed: a verb of four syllables that comes from Latin.";
        string meaning = "We pay the money back to your bank account within five days.";
        await corpus.AddAsync([words, meaning, "The office is closed on Sundays."], embed: true);

        Assert.Equal(words, await FirstAsync(0));
        Assert.Equal(meaning, await FirstAsync(1));
        await WeighAsync(0.4);

        async Task<string> FirstAsync(double weight)
        {
            await WeighAsync(weight);
            var found = await corpus.Retriever(withModel: true).FindAsync(
                corpus.Tenant, new("How many days until you reimburse my payment?"), TestContext.Current.CancellationToken);
            return found.Passages[0].Text;
        }

        Task WeighAsync(double weight) =>
            stack.ScalarAsync<int>("update embedding_spaces set weight = $1 where id = 'use-lite-en'", (float)weight);
    }

    [Fact]
    public async Task Filters_hold_inside_the_query()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var other = CollectionId.New();
        await corpus.AddCollectionAsync(other);
        // More matches outside than the search would ever look at, were it to filter afterwards.
        await corpus.AddAsync([.. Enumerable.Range(0, 300).Select(i => $"alpha number {i}")], embed: false);
        var wanted = await corpus.AddAsync(["alpha among many other words that make it score low"], collection: other, type: "application/pdf");

        Assert.Equal([wanted], await DocumentsAsync(new("alpha") { Collections = [other] }));
        Assert.Equal([wanted], await DocumentsAsync(new("alpha") { Documents = [wanted] }));
        Assert.Equal([wanted], await DocumentsAsync(new("alpha") { ContentTypes = ["application/pdf"] }));
        Assert.Empty(await DocumentsAsync(new("alpha") { Collections = [corpus.Home], ContentTypes = ["application/pdf"] }));
        Assert.Equal(50, (await corpus.Retriever().FindAsync(corpus.Tenant, new("alpha") { Limit = 50 }, TestContext.Current.CancellationToken)).Passages.Count);

        async Task<IEnumerable<DocumentId>> DocumentsAsync(RetrievalQuery query) =>
            (await corpus.Retriever().FindAsync(corpus.Tenant, query, TestContext.Current.CancellationToken))
                .Passages.Select(passage => passage.DocumentId).Distinct();
    }

    [Fact]
    public async Task Another_tenants_passages_do_not_exist_with_either_wall_alone()
    {
        await using var mine = await Corpus.MakeAsync(stack);
        await using var theirs = await Corpus.MakeAsync(stack);
        await mine.AddAsync(["zanzibar is mine"], embed: true);
        var secret = await theirs.AddAsync(["zanzibar is theirs"], embed: true);

        var found = await mine.Retriever(withModel: true).FindAsync(
            mine.Tenant, new("zanzibar") { Documents = null }, TestContext.Current.CancellationToken);
        Assert.Equal(["zanzibar is mine"], found.Passages.Select(passage => passage.Text));
        Assert.Empty((await mine.Retriever(withModel: true).FindAsync(
            mine.Tenant, new("zanzibar") { Documents = [secret] }, TestContext.Current.CancellationToken)).Passages);

        // The first wall alone: as the owner, whom row-level security doesn't bind, the search still keeps to its tenant.
        Assert.Equal(1, await CountAsync(stack.Owner, mine.Tenant));
        // The second wall alone: whoever asks the tables themselves sees one tenant, or none at all outside a transaction of one.
        await using var work = await mine.Database.BeginAsync(mine.Tenant, TestContext.Current.CancellationToken);
        Assert.Equal(1, await work.ScalarAsync<long>("select count(*) from lexical_passages", TestContext.Current.CancellationToken));
        Assert.Equal(1, await work.ScalarAsync<long>("select count(*) from vector_passages", TestContext.Current.CancellationToken));
        Assert.Equal(0, await work.ScalarAsync<long>("select count(*) from lexicons where tenant_id = $1", TestContext.Current.CancellationToken, theirs.Tenant));
        Assert.Equal(0, await CountAsync(mine.Source, tenant: null));
    }

    [Theory]
    [InlineData("'; drop table chunks; --")]
    [InlineData("\\ ' \" & | ! ( ) : * <-> ''' \\\\")]
    [InlineData("'alpha")]
    [InlineData("alpha:* & !beta | (gamma")]
    [InlineData("%s %L $1 {0} {{}}")]
    [InlineData("\0alpha\0")]
    [InlineData("\uD800 alpha \uDC00")]
    [InlineData("👩‍👩‍👧 ﷽ ‮alpha‬ ẞ İ ﬀ e\u0301")]
    [InlineData("中文 العربية ไทย")]
    public async Task Whatever_is_asked_is_only_words(string question)
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["alpha beta gamma", question.Replace("\0", "", StringComparison.Ordinal).Replace("\uD800", "", StringComparison.Ordinal).Replace("\uDC00", "", StringComparison.Ordinal)], embed: true);

        var found = await corpus.Retriever(withModel: true).FindAsync(corpus.Tenant, new(question), TestContext.Current.CancellationToken);

        Assert.NotEmpty(found.Passages);
        await Corpus.AssertStatisticsAsync(stack);
    }

    [Fact]
    public async Task A_query_of_ten_thousand_characters_is_cut_and_an_endless_word_is_harmless()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["needle in the hay", new string('ä', 3_000) + " tail", string.Join(' ', Enumerable.Range(0, 600).Select(i => $"word{i}"))]);

        Assert.Equal("needle in the hay", (await corpus.FindAsync("needle " + string.Concat(Enumerable.Repeat("words and more words ", 500)))).Passages[0].Text);
        Assert.Empty((await corpus.FindAsync(new string('x', 10_000))).Passages);
        Assert.StartsWith("word0", (await corpus.FindAsync(string.Join(' ', Enumerable.Range(0, 600).Select(i => $"word{i}")))).Passages[0].Text, StringComparison.Ordinal);
        Assert.Empty((await corpus.FindAsync(" \t\n")).Passages);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            corpus.Retriever().FindAsync(corpus.Tenant, new("needle") { Limit = 51 }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Copies_of_a_passage_take_one_place()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        string text = "A refund takes five working days from the day on which the parcel reaches our warehouse in Rotterdam.";
        await corpus.AddAsync([text]);
        await corpus.AddAsync([text]);
        await corpus.AddAsync(["A refund for a gift goes to the giver."]);

        Assert.Equal(2, (await corpus.FindAsync("refund")).Passages.Count);
    }

    [Fact]
    public async Task Frequent_words_are_found_through_bounded_look_ups()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        string[] texts = [.. Enumerable.Range(0, 6_000).Select(i => $"pressure of entry {i}{(i % 3 == 0 ? " flow" : "")}{(i % 3000 == 1 ? " flow layer layer" : "")}")];
        await corpus.AddAsync(texts);

        var found = await corpus.FindAsync("pressure flow layer");
        Assert.Equal(["pressure of entry 1 flow layer layer", "pressure of entry 3001 flow layer layer"], found.Passages.Take(2).Select(passage => passage.Text).Order());
        Assert.Equal(8, (await corpus.FindAsync("pressure")).Passages.Count);
        Assert.All((await corpus.FindAsync("pressure flow")).Passages, passage => Assert.Contains("flow", passage.Text, StringComparison.Ordinal));
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source, TenantId? tenant)
    {
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(
            "select set_config('app.tenant', $1, true); ", connection);
        command.Parameters.AddWithValue(tenant?.ToString() ?? "");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand count = new("select count(*) from app.search('zanzibar', 'use-lite-en', null, null, null, null, 50)", connection);
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
