using AiSaas.Llm.Reranking;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Llm.Providers;

public sealed class RerankProviderTests
{
    private const string Results = """{"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.2}],"usage":{"total_tokens":40},"meta":{"billed_units":{"search_units":1}}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cohere", "", "/v2/rerank", """{"model":"r","query":"q?","documents":["a","b"],"top_n":2}""", Results, 1)]
    [InlineData("jina", "/v1", "/v1/rerank", """{"model":"r","query":"q?","documents":["a","b"],"top_n":2,"return_documents":false}""", Results, 40)]
    [InlineData("openai-compatible", "/v1", "/v1/rerank", """{"model":"r","query":"q?","documents":["a","b"],"top_n":2,"return_documents":false}""", Results, 40)]
    [InlineData("voyage", "/v1", "/v1/rerank", """{"model":"r","query":"q?","documents":["a","b"],"top_k":2,"return_documents":false,"truncation":true}""",
        """{"object":"list","data":[{"relevance_score":0.9,"index":1},{"relevance_score":0.2,"index":0}],"model":"r","usage":{"total_tokens":26}}""", 26)]
    public async Task Each_kind_is_asked_in_its_own_words(string kind, string below, string path, string body, string answer, long units)
    {
        await using var provider = await JsonProvider.StartAsync(answer);
        using var host = Host(kind, provider.Address + below);

        var ranking = await Reranker(host).RankAsync("q?", ["a", "b"], null, Cancellation);

        var call = Assert.Single(provider.Calls);
        Assert.Equal((path, "Bearer key-one", body), (call.Path, call.Headers["authorization"], call.Body.GetRawText()));
        Assert.Equal([0.2, 0.9], ranking.Scores);
        Assert.Equal((units, false, "p", "r"), (ranking.Units, ranking.IsEstimated, ranking.Provider, ranking.Model));
    }

    [Fact]
    public async Task A_passage_that_is_left_out_has_no_score_and_what_is_not_said_is_estimated()
    {
        await using var provider = await JsonProvider.StartAsync("""{"results":[{"index":1,"relevance_score":-3.5}]}""");
        using var host = Host("openai-compatible", provider.Address + "/v1");

        var ranking = await Reranker(host).RankAsync("how?", ["four", "letters!"], null, Cancellation);

        Assert.Equal([null, -3.5], ranking.Scores);
        Assert.Equal((5, true), (ranking.Units, ranking.IsEstimated));
    }

    [Theory]
    [InlineData("""{"results":[]}""")]
    [InlineData("""{"results":[{"index":7,"relevance_score":1}]}""")]
    [InlineData("""{"results":[{"index":0,"relevance_score":1},{"index":0,"relevance_score":2}]}""")]
    [InlineData("""{"data":[]}""")]
    public async Task An_answer_that_is_none_ranks_nothing(string answer)
    {
        await using var provider = await JsonProvider.StartAsync(answer);
        using var host = Host("jina", provider.Address + "/v1");

        var failure = await Assert.ThrowsAsync<ModelCallException>(() => Reranker(host).RankAsync("q?", ["a", "b"], null, Cancellation));

        Assert.Equal(ModelErrorClass.Malformed, failure.Failure.Class);
    }

    [Fact]
    public void A_kind_without_rerankers_gives_none()
    {
        using var host = Host("anthropic", "https://example.com");

        Assert.Null(host.GetRequiredService<RerankerCatalog>().Find("p", "r", TimeSpan.FromSeconds(1)));
        Assert.Null(host.GetRequiredService<RerankerCatalog>().Find("nobody", "r", TimeSpan.FromSeconds(1)));
    }

    private static ServiceProvider Host(string kind, string address) => LlmHost.Build(
        ("Gateway:Providers:p:Kind", kind), ("Gateway:Providers:p:BaseUrl", address), ("Gateway:Providers:p:ApiKeys:0", "key-one"));

    private static IReranker Reranker(ServiceProvider host) =>
        host.GetRequiredService<RerankerCatalog>().Find("p", "r", TimeSpan.FromSeconds(5))!.Value.Reranker;
}
