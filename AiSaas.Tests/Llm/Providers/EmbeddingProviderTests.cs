using AiSaas.Llm.Embedding;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Llm.Providers;

/// <summary>What goes over the wire to each kind of embedder, and what is made of its answer.</summary>
public sealed class EmbeddingProviderTests
{
    private const string Voyage = """{"object":"list","data":[{"object":"embedding","embedding":[0,2],"index":1},{"object":"embedding","embedding":[3,4],"index":0}],"model":"voyage-3.5","usage":{"total_tokens":11}}""";
    private const string Cohere = """{"id":"1","embeddings":{"float":[[3,4],[0,2]]},"texts":["a","b"],"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":7}}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(EmbeddingInput.Document, "document")]
    [InlineData(EmbeddingInput.Query, "query")]
    public async Task Voyage_is_told_what_the_texts_are_and_its_vectors_are_put_in_order(EmbeddingInput input, string said)
    {
        await using var provider = await JsonProvider.StartAsync(Voyage);
        using var host = Host("voyage", provider.Address + "/v1", "voyage-3.5", ("Dimensions", "2"));

        var vectors = await Embedder(host).GenerateAsync(["a", "b"], input.AsOptions(), Cancellation);

        var call = Assert.Single(provider.Calls);
        Assert.Equal(("/v1/embeddings", "Bearer key-one"), (call.Path, call.Headers["authorization"]));
        Assert.Equal($$"""{"model":"voyage-3.5","input":["a","b"],"input_type":"{{said}}","truncation":true,"output_dimension":2}""", call.Body.GetRawText());
        Assert.Equal([0.6f, 0.8f], vectors[0].Vector.ToArray());
        Assert.Equal([0f, 1f], vectors[1].Vector.ToArray());
        Assert.Equal(11, vectors.Usage?.InputTokenCount);
    }

    [Theory]
    [InlineData(EmbeddingInput.Document, "search_document")]
    [InlineData(EmbeddingInput.Query, "search_query")]
    public async Task Cohere_is_asked_by_its_second_api(EmbeddingInput input, string said)
    {
        await using var provider = await JsonProvider.StartAsync(Cohere);
        using var host = Host("cohere", provider.Address, "embed-v4.0", ("Dimensions", "2"));

        var vectors = await Embedder(host).GenerateAsync(["a", "b"], input.AsOptions(), Cancellation);

        var call = Assert.Single(provider.Calls);
        Assert.Equal(("/v2/embed", "Bearer key-one"), (call.Path, call.Headers["authorization"]));
        Assert.Equal(
            $$"""{"model":"embed-v4.0","texts":["a","b"],"input_type":"{{said}}","embedding_types":["float"],"truncate":"END","output_dimension":2}""",
            call.Body.GetRawText());
        Assert.Equal([0.6f, 0.8f], vectors[0].Vector.ToArray());
        Assert.Equal(7, vectors.Usage?.InputTokenCount);
    }

    [Fact]
    public async Task Jina_is_told_its_task()
    {
        await using var provider = await JsonProvider.StartAsync(Voyage);
        using var host = Host("jina", provider.Address + "/v1", "jina-embeddings-v3");

        await Embedder(host).GenerateAsync(["a", "b"], EmbeddingInput.Query.AsOptions(), Cancellation);

        Assert.Equal("""{"model":"jina-embeddings-v3","input":["a","b"],"task":"retrieval.query","truncate":true}""", provider.Calls[0].Body.GetRawText());
    }

    [Theory]
    [InlineData("openai", "/v1", "authorization", "Bearer key-one", "/v1/embeddings", "base64")]
    [InlineData("azure-openai", "", "api-key", "key-one", "/openai/v1/embeddings", "base64")]
    [InlineData("openai-compatible", "/v1", "authorization", "Bearer key-one", "/v1/embeddings", "float")]
    public async Task Openai_azure_and_compatible_servers_share_a_shape(
        string kind, string below, string header, string credential, string path, string encoding)
    {
        // 3 and 4 as little-endian floats.
        string vector = encoding == "base64" ? "\"AABAQAAAgEA=\"" : "[3,4]";
        await using var provider = await JsonProvider.StartAsync(
            $$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":{{{vector}}}}],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}}""");
        using var host = Host(kind, provider.Address + below, "text-embedding-3-small", ("Dimensions", "2"));

        var vectors = await Embedder(host).GenerateAsync(["a"], null, Cancellation);

        var call = Assert.Single(provider.Calls);
        Assert.Equal((path, credential), (call.Path, call.Headers[header]));
        Assert.Equal($$"""{"model":"text-embedding-3-small","input":["a"],"encoding_format":"{{encoding}}","dimensions":2}""", call.Body.GetRawText());
        Assert.Equal([0.6f, 0.8f], vectors[0].Vector.ToArray());
        Assert.Equal(5, vectors.Usage?.InputTokenCount);
    }

    [Fact]
    public async Task Prefixes_are_put_before_questions_and_passages_and_long_ones_are_cut()
    {
        await using var provider = await JsonProvider.StartAsync("""{"data":[{"embedding":[1,1]}]}""");
        using var host = Host(
            "openai-compatible", provider.Address + "/v1", "e5", ("QueryPrefix", "query: "), ("DocumentPrefix", "passage: "), ("MaxInputCharacters", "100"));

        await Embedder(host).GenerateAsync(["short"], EmbeddingInput.Query.AsOptions(), Cancellation);
        // The cut would fall into the emoji.
        await Embedder(host).GenerateAsync([new string('x', 90) + "🙂 and more"], EmbeddingInput.Document.AsOptions(), Cancellation);

        Assert.Equal(["query: short"], provider.Calls[0].Texts("input"));
        Assert.Equal(["passage: " + new string('x', 90)], provider.Calls[1].Texts("input"));
    }

    [Fact]
    public async Task Batches_are_bounded_by_number_and_by_size()
    {
        await using var provider = await JsonProvider.StartAsync((call, _) => Task.FromResult<(int, object)>((200, new
        {
            data = call.Texts("input").Select((_, index) => new { index, embedding = new[] { 1f, 0f } }),
            usage = new { prompt_tokens = 2 },
        })));
        using var host = Host("openai-compatible", provider.Address + "/v1", "m", ("BatchSize", "3"));

        var vectors = await Embedder(host).GenerateAsync([.. Enumerable.Repeat("a", 7), new string('b', 200_000), new string('c', 200_000)], null, Cancellation);

        Assert.Equal(9, vectors.Count);
        Assert.Equal([3, 3, 2, 1], provider.Calls.Select(call => call.Texts("input").Count));
        Assert.Equal(8, vectors.Usage?.InputTokenCount);
    }

    [Fact]
    public async Task A_limited_key_gives_way_to_the_next_and_a_broken_provider_to_one_with_the_same_model()
    {
        await using var broken = await JsonProvider.StartAsync((call, _) => Task.FromResult<(int, object)>(
            call.Headers["authorization"] == "Bearer key-one" ? (429, """{"error":{"message":"slow down"}}""") : (500, """{"error":{"message":"boom"}}""")));
        await using var healthy = await JsonProvider.StartAsync("""{"data":[{"embedding":[1,0]}],"usage":{"prompt_tokens":1}}""");
        using var host = LlmHost.Build(
            ("Gateway:Providers:first:Kind", "openai-compatible"), ("Gateway:Providers:first:BaseUrl", broken.Address + "/v1"),
            ("Gateway:Providers:first:ApiKeys:0", "key-one"), ("Gateway:Providers:first:ApiKeys:1", "key-two"),
            ("Gateway:Providers:second:Kind", "openai-compatible"), ("Gateway:Providers:second:BaseUrl", healthy.Address + "/v1"),
            ("Gateway:Embeddings:e:Provider", "first"), ("Gateway:Embeddings:e:Model", "m"),
            ("Gateway:Embeddings:e:Fallbacks:0:Provider", "second"), ("Gateway:Embeddings:e:Fallbacks:0:Model", "the-same-m"));

        var vectors = await Embedder(host).GenerateAsync(["a"], null, Cancellation);

        Assert.Equal(["Bearer key-one", "Bearer key-two"], broken.Calls.Select(call => call.Headers["authorization"]));
        Assert.Equal("the-same-m", Assert.Single(healthy.Calls).Text("model"));
        Assert.Equal(
            [("first", AttemptOutcome.Failed), ("first", AttemptOutcome.Failed), ("second", AttemptOutcome.Succeeded)],
            EmbeddingInputs.AttemptsOf(vectors).Select(attempt => (attempt.Provider, attempt.Outcome)));
    }

    [Theory]
    [InlineData("""{"data":[{"embedding":[1,0]}]}""", "1 vectors came for 2 texts")]
    [InlineData("""{"data":[{"embedding":[1,0]},{"embedding":[1,0,0]}]}""", "came together")]
    [InlineData("""{"data":[{"embedding":[1,0]},{"embedding":[0,0]}]}""", "without direction")]
    [InlineData("""{"data":[{"embedding":[1,0],"index":0},{"embedding":[1,0],"index":0}]}""", "out of place")]
    [InlineData("""{"data":[{"embedding":[]},{"embedding":[]}]}""", "0 dimensions can't be kept")]
    [InlineData("""{"nothing":1}""", "not what this API promises")]
    [InlineData("""{"data":[{"embed""", "not what this API promises")]
    public async Task An_answer_that_is_none_is_a_failure_and_never_a_vector(string answer, string reason)
    {
        await using var provider = await JsonProvider.StartAsync(answer);
        using var host = Host("openai-compatible", provider.Address + "/v1", "m");

        var failure = await Assert.ThrowsAsync<ModelCallException>(() => Embedder(host).GenerateAsync(["a", "b"], null, Cancellation));

        Assert.Equal(ModelErrorClass.Malformed, failure.Failure.Class);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_dimensions_than_asked_for_are_refused_in_words()
    {
        await using var provider = await JsonProvider.StartAsync("""{"data":[{"embedding":[1,0,0]}]}""");
        using var host = Host("openai-compatible", provider.Address + "/v1", "m", ("Dimensions", "2"));

        var failure = await Assert.ThrowsAsync<ModelCallException>(() => Embedder(host).GenerateAsync(["a"], null, Cancellation));

        Assert.Contains("2 dimensions were asked for and 3 came", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_says_nothing_is_left_after_the_deadline()
    {
        await using var provider = await JsonProvider.StartAsync(async (_, hangUp) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, hangUp);
            return (200, "{}");
        });
        using var host = LlmHost.Build([.. Settings("openai-compatible", provider.Address + "/v1", "m"), ("Gateway:Deadlines:AnswerSeconds", "0.3")]);

        var failure = await Assert.ThrowsAsync<ModelCallException>(() => Embedder(host).GenerateAsync(["a"], null, Cancellation));

        Assert.Equal(ModelErrorClass.TimedOut, failure.Failure.Class);
    }

    [Fact]
    public void Every_fault_of_the_settings_is_named()
    {
        string all = string.Join('\n', LlmHost.Faults(
            ("Gateway:Providers:anthropic:ApiKeys:0", "k"),
            ("Gateway:Embeddings:a:Provider", "anthropic"), ("Gateway:Embeddings:a:Model", "m"), ("Gateway:Embeddings:a:Weight", "2"),
            ("Gateway:Embeddings:a:BatchSize", "0"), ("Gateway:Embeddings:a:Unrelated", "-3"),
            ("Gateway:Embeddings:b:Provider", "local"), ("Gateway:Embeddings:b:Model", "use-lite-en"),
            ("Gateway:Embeddings:b:Fallbacks:0:Provider", "anthropic"), ("Gateway:Embeddings:b:Fallbacks:0:Model", "m")));

        Assert.All(
            ["kind anthropic, which has no embeddings", "a:Weight is 2", "a:BatchSize is 0", "a:Unrelated is -3", "b:Fallbacks mix the local model"],
            expected => Assert.Contains(expected, all, StringComparison.Ordinal));
    }

    private static (string, string)[] Settings(string kind, string address, string model, params (string Name, string Value)[] more) =>
    [
        ("Gateway:Providers:p:Kind", kind), ("Gateway:Providers:p:BaseUrl", address), ("Gateway:Providers:p:ApiKeys:0", "key-one"),
        ("Gateway:Embeddings:e:Provider", "p"), ("Gateway:Embeddings:e:Model", model),
        .. more.Select(setting => ($"Gateway:Embeddings:e:{setting.Name}", setting.Value)),
    ];

    private static ServiceProvider Host(string kind, string address, string model, params (string Name, string Value)[] more) =>
        LlmHost.Build(Settings(kind, address, model, more));

    private static IEmbeddingGenerator<string, Embedding<float>> Embedder(ServiceProvider host) => host.GetRequiredService<EmbeddingCatalog>().Get("e");
}
