using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;
using AiSaas.Tests.Infrastructure;
using Npgsql;

namespace AiSaas.Tests.Retrieval;

/// <summary>Document counts, lengths and frequencies follow the passages, whoever changes them and however many at once.</summary>
public sealed class StatisticsTests(Stack stack) : IClassFixture<Stack>
{
    [Fact]
    public async Task They_follow_insert_replace_and_delete()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var first = await corpus.AddAsync(["alpha beta", "beta gamma"]);
        var second = await corpus.AddAsync(["beta delta"]);
        await Corpus.AssertStatisticsAsync(stack);
        Assert.Equal(3, await PassagesWithAsync(corpus, "beta"));

        await corpus.ReplaceAsync(first, 2, "epsilon");
        await Corpus.AssertStatisticsAsync(stack);
        Assert.Equal(1, await PassagesWithAsync(corpus, "beta"));
        Assert.Equal(0, await PassagesWithAsync(corpus, "alpha"));

        await using (var work = await corpus.Database.BeginAsync(corpus.Tenant, TestContext.Current.CancellationToken))
        {
            Assert.Equal(new IndexedChunks(1, 0), await ChunkIndexer.RemoveAsync(work, second, TestContext.Current.CancellationToken));
            await work.CommitAsync(TestContext.Current.CancellationToken);
        }

        await Corpus.AssertStatisticsAsync(stack);
        Assert.Equal(0, await PassagesWithAsync(corpus, "beta"));
        Assert.Equal(1, await PassagesWithAsync(corpus, "epsilon"));
    }

    [Fact]
    public async Task Indexing_again_changes_nothing()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var document = await corpus.AddAsync(["alpha beta"]);
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, TestContext.Current.CancellationToken);

        Assert.Equal(new IndexedChunks(0, 0), await ChunkIndexer.IndexAsync(work, document, 1, TestContext.Current.CancellationToken));
        await work.CommitAsync(TestContext.Current.CancellationToken);

        await Corpus.AssertStatisticsAsync(stack);
        Assert.Single((await corpus.FindAsync("alpha")).Passages);
    }

    [Fact]
    public async Task They_survive_rollback_and_the_cascade_of_a_deleted_collection()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        var other = CollectionId.New();
        await corpus.AddCollectionAsync(other);
        await corpus.AddAsync(["alpha beta", "beta"], collection: other);
        var kept = await corpus.AddAsync(["alpha gamma"]);
        await using (var abandoned = await corpus.Database.BeginAsync(corpus.Tenant, TestContext.Current.CancellationToken))
        {
            await corpus.WriteAsync(abandoned, kept, 2, ["never committed"]);
        }

        await Corpus.AssertStatisticsAsync(stack);
        await corpus.Database.RunAsync(
            corpus.Tenant,
            (work, token) => work.ExecuteAsync("delete from collections where tenant_id = $1 and id = $2", token, work.Tenant, other),
            TestContext.Current.CancellationToken);

        await Corpus.AssertStatisticsAsync(stack);
        Assert.Equal(0, await PassagesWithAsync(corpus, "beta"));
        Assert.Equal(1, await PassagesWithAsync(corpus, "alpha"));
    }

    [Fact]
    public async Task A_deleted_tenant_leaves_nothing()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["alpha beta"]);

        await stack.ScalarAsync<int>("delete from tenants where id = $1", corpus.Tenant.Value);

        Assert.Equal(0, await stack.ScalarAsync<long>(
            "select (select count(*) from lexicons where tenant_id = $1) + (select count(*) from lexicon_terms where tenant_id = $1) + (select count(*) from lexical_passages where tenant_id = $1)",
            corpus.Tenant.Value));
    }

    [Fact]
    public async Task Writers_of_one_tenant_at_once_neither_deadlock_nor_lose_counts()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        DocumentId[] documents = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => corpus.AddAsync(Texts(i), language: i % 2 == 0 ? "english" : "simple")));
        await Corpus.AssertStatisticsAsync(stack);

        // Each transaction takes words out and puts others in, in orders that would cross.
        await Task.WhenAll(documents.SelectMany((document, i) => new[]
        {
            corpus.ReplaceAsync(document, 2, Texts(i + 1)),
            corpus.AddAsync(Texts(-i)),
        }));

        await Corpus.AssertStatisticsAsync(stack);
        Assert.Equal(16 * 4, await PassagesWithAsync(corpus, "common"));

        static string[] Texts(int seed) => [.. Enumerable.Range(0, 4).Select(i => $"common word{(seed + i) % 5} word{(seed * 7) % 11} word{i}")];
    }

    [Fact]
    public async Task Only_the_triggers_write_them()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["alpha"]);

        foreach (string sql in new[] { "update lexicons set passages = 9", "delete from lexicon_terms", "update lexical_passages set length = 9" })
        {
            await using var work = await corpus.Database.BeginAsync(corpus.Tenant, TestContext.Current.CancellationToken);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => work.ExecuteAsync(sql, TestContext.Current.CancellationToken));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    private async Task<long> PassagesWithAsync(Corpus corpus, string term) => await stack.ScalarAsync<long>(
        "select coalesce(sum(t.passages), 0)::bigint from lexicon_terms t where t.tenant_id = $1 and t.term = $2", corpus.Tenant.Value, term);
}
