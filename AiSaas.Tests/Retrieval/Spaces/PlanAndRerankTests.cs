using AiSaas.Core.Chat;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Retrieval.Spaces;

/// <summary>What a model makes of a question before the search, and of the passages after it.</summary>
public sealed class PlanAndRerankTests(SpacesProduct product) : IClassFixture<SpacesProduct>
{
    private static readonly Turn[] History = [new("user", "How long does the harbour lamp burn in summer?"), new("assistant", "Until nine [1].")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_follow_up_is_rewritten_by_the_model_and_paid_for()
    {
        using var account = await product.RegisterAsync();
        product.Rewritten = "1. \"How long does the harbour lamp burn in winter?\"\n";

        var plan = await PlanAsync(account, "and in winter?");

        Assert.Equal(("How long does the harbour lamp burn in winter?", "model", null), (plan.Query, plan.By, plan.Notice));
        var asked = product.Provider.Calls.Last(call => call.Path == "/chat/completions");
        Assert.Contains("Person: How long does the harbour lamp burn in summer?", asked.Body.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("Last question: and in winter?", asked.Body.GetRawText(), StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<long>(
                "select count(*) from model_calls where tenant_id = $1 and feature = 'rewrite' and status = 'succeeded'", account.TenantId) == 1,
            "the call is in the ledger");
    }

    [Fact]
    public async Task A_model_that_takes_too_long_leaves_it_to_the_rule()
    {
        using var account = await product.RegisterAsync();
        product.ChatLatency = TimeSpan.FromSeconds(60);
        try
        {
            var plan = await PlanAsync(account, "and in winter?");

            Assert.Equal("rule", plan.By);
            Assert.Contains("harbour lamp burn", plan.Query, StringComparison.Ordinal);
            Assert.Contains("took longer", plan.Notice, StringComparison.Ordinal);
            Assert.InRange(plan.Milliseconds, 3_900, 50_000);
        }
        finally
        {
            product.ChatLatency = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task Nonsense_of_the_model_is_not_searched_for()
    {
        using var account = await product.RegisterAsync();
        product.Rewritten = new string('x', 3_000);

        var plan = await PlanAsync(account, "and in winter?");

        Assert.Equal("rule", plan.By);
        Assert.Contains("no usable query", plan.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_local_answerer_is_never_asked_and_a_first_question_needs_nobody()
    {
        using var account = await product.RegisterAsync();
        int asked = product.Provider.Calls.Count;

        var local = await Planner().PlanAsync(
            TenantId.From(account.TenantId), new RetrievalQuery("and in winter?") { History = History, Model = "extractive-1" }, Cancellation);
        var first = await Planner().PlanAsync(TenantId.From(account.TenantId), new RetrievalQuery("Which lamp?") { Model = "writer" }, Cancellation);

        Assert.Equal(("rule", "question"), (local.By, first.By));
        Assert.Equal(asked, product.Provider.Calls.Count);
    }

    [Fact]
    public async Task The_reranker_orders_the_passages_is_paid_for_and_its_failure_changes_nothing()
    {
        product.Work();
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        await SettleAsync(account, collection, "short.md", "The harbour lamp.");
        await SettleAsync(account, collection, "long.md", "The harbour lamp is old, and this passage goes on about the weather of the northern coast for a while longer than the other one does.");

        var ranked = await SpacesProduct.SearchAsync(account, "the harbour lamp");
        Assert.Equal(("vectors/ranker", "long.md"), (ranked.Timings.Reranker, ranked.Hits[0].DocumentName));
        Assert.True(ranked.Hits[0].Scores.Rerank > ranked.Hits[1].Scores.Rerank && ranked.Hits[0].Score < ranked.Hits[1].Score);
        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<long>(
                "select coalesce(sum(cost_nanos), 0)::bigint from model_calls where tenant_id = $1 and feature = 'rerank'", account.TenantId) == 1_000_000,
            "a thousand tokens are in the ledger");

        product.RerankStatus = 500;
        try
        {
            var plain = await SpacesProduct.SearchAsync(account, "the harbour lamp");
            Assert.Equal((null, "short.md"), (plain.Timings.Reranker, plain.Hits[0].DocumentName));
            Assert.Contains("The reranker did not answer.", plain.Timings.Notices);
        }
        finally
        {
            product.RerankStatus = 200;
        }
    }

    private static async Task SettleAsync(Account account, Guid collection, string name, string text) =>
        Assert.Equal("ready", (await account.SettledAsync((await account.UploadAsync(collection, name, text)).Id)).Status);

    private QueryPlanner Planner() => product.Services.GetRequiredService<QueryPlanner>();

    private Task<QueryPlan> PlanAsync(Account account, string question) => Planner().PlanAsync(
        TenantId.From(account.TenantId), new RetrievalQuery(question) { History = History, Model = "writer" }, Cancellation);
}
