using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Retrieval;

/// <summary>A version that is in the index in part is nobody's to find, and is counted exactly as long as it is there.</summary>
public sealed class IndexSliceTests(Stack stack) : IClassFixture<Stack>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Slices_are_hidden_until_the_version_is_shown_and_the_old_one_is_found_meanwhile()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var document = await corpus.AddAsync(["alpha old"]);
        await StageAsync(corpus, document, 2, ["alpha beside granite quays", "the second alpha of summer", "gamma"]);

        Assert.Equal("alpha old", Assert.Single((await corpus.FindAsync("alpha")).Passages).Text);
        Assert.Empty((await corpus.FindAsync("gamma")).Passages);
        Assert.Equal(0, await CandidatesAsync(corpus, "gamma"));
        await Corpus.AssertStatisticsAsync(stack);

        await using (var work = await corpus.Database.BeginAsync(corpus.Tenant, Cancellation))
        {
            await work.ExecuteAsync("update documents set version = 2 where id = $1", Cancellation, document);
            await ChunkIndexer.ShowAsync(work, document, 2, isFirst: false, Cancellation);
            await work.CommitAsync(Cancellation);
        }

        Assert.Equal(["alpha beside granite quays", "the second alpha of summer"], (await corpus.FindAsync("alpha")).Passages.Select(passage => passage.Text).Order());
        Assert.Single((await corpus.FindAsync("gamma")).Passages);
        await Corpus.AssertStatisticsAsync(stack);
    }

    [Fact]
    public async Task Slices_of_a_version_that_is_given_up_go_and_leave_no_count()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var document = await corpus.AddAsync(["alpha old"]);
        await StageAsync(corpus, document, 2, ["beta", "gamma"]);

        await using (var work = await corpus.Database.BeginAsync(corpus.Tenant, Cancellation))
        {
            await ChunkIndexer.DropSlicesAsync(work, document, kept: -1, Cancellation);
            await work.CommitAsync(Cancellation);
        }

        Assert.Single((await corpus.FindAsync("alpha")).Passages);
        await Corpus.AssertStatisticsAsync(stack);
        Assert.Equal(1, await stack.ScalarAsync<long>("select count(*) from lexical_passages where document_id = $1", document.Value));
    }

    [Fact]
    public async Task What_a_failed_document_left_in_the_index_is_swept()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var document = await corpus.AddAsync(["alpha"]);
        await stack.ScalarAsync<object>("update documents set version = null, status = 'failed' where id = $1", document.Value);
        await stack.ScalarAsync<object>("delete from lexical_passages where document_id = $1", document.Value);
        await StageAsync(corpus, document, 2, ["beta", "gamma", "delta"]);

        for (int rounds = 0; rounds < 5 && await stack.ScalarAsync<int>("select app.sweep_index_stages(2)") > 0; rounds++)
        {
            await Corpus.AssertStatisticsAsync(stack);
        }

        Assert.Equal(0, await stack.ScalarAsync<long>("select count(*) from lexical_passages where document_id = $1", document.Value));
        Assert.Equal(0, await stack.ScalarAsync<long>("select count(*) from index_stages where document_id = $1", document.Value));
    }

    private static async Task StageAsync(Corpus corpus, DocumentId document, int version, string[] texts)
    {
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, Cancellation);
        await work.ExecuteAsync(
            "insert into index_stages (tenant_id, document_id, version, indexed) values ($1, $2, $3, -1)", Cancellation, work.Tenant, document, (long)version);
        for (int i = 0; i < texts.Length; i++)
        {
            await work.ExecuteAsync(
                """
                insert into chunks (id, tenant_id, collection_id, document_id, version, ordinal, page, start_offset, end_offset, header, text, tokens, language)
                values ($1, $2, $3, $4, $5, $6, 1, $6 * 1000, $6 * 1000 + 1, '', $7, 0, 'english')
                """,
                Cancellation, ChunkId.New(), work.Tenant, corpus.Home, document, (long)version, i, texts[i]);
            Assert.Equal(new IndexedChunks(1, 0), await ChunkIndexer.IndexSliceAsync(work, document, version, i, i, Cancellation));
        }

        await work.CommitAsync(Cancellation);
    }

    // What the index itself offers: the retriever would drop another version's texts in any case.
    private static async Task<long> CandidatesAsync(Corpus corpus, string question)
    {
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, Cancellation);
        return await work.ScalarAsync<long>("select count(*) from app.search($1, null, null, null, null, null, 60)", Cancellation, question);
    }
}
