using AiSaas.Llm.Grounding;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Llm.Providers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Llm.Models;

public sealed class ModelCatalogTests
{
    [Fact]
    public async Task Without_any_key_the_extractive_model_answers()
    {
        var models = LlmHost.Models();

        var response = await models.Get("default").GetResponseAsync(
            GroundedPrompt.Messages("When are refunds paid?", [new("Terms", null, "Refunds are paid within fourteen days.")]),
            new() { ModelId = "default" },
            TestContext.Current.CancellationToken);

        Assert.Equal("extractive-1", models.DefaultModel);
        Assert.True(models.IsExtractive("default"));
        Assert.Equal(["extractive-1"], models.Names);
        Assert.Equal("Refunds are paid within fourteen days. [1]", response.Text);
        Assert.Equal(true, response.AdditionalProperties![ExtractiveChatClient.AnsweredKey]);
        Assert.Equal("local", AttemptLog.Of(response)!.Attempts.Single().Provider);
    }

    [Theory]
    [InlineData("OPENAI_API_KEY", "gpt-5-mini")]
    [InlineData("ANTHROPIC_API_KEY", "claude-sonnet-5-5")]
    public void A_key_in_the_environment_switches_its_provider_on(string variable, string expected)
    {
        var models = LlmHost.Models((variable, "sk-1"));

        Assert.Equal(expected, models.DefaultModel);
        Assert.Equal([expected, "extractive-1"], models.Names);
        Assert.False(models.IsExtractive(expected));
        Assert.True(models.IsExtractive("extractive-1"));
    }

    [Fact]
    public void An_empty_key_leaves_it_off() => Assert.Equal("extractive-1", LlmHost.Models(("OPENAI_API_KEY", ""), ("ANTHROPIC_API_KEY", " ")).DefaultModel);

    [Fact]
    public void Azure_takes_its_endpoint_key_and_deployment()
    {
        var models = LlmHost.Models(
            ("AZURE_OPENAI_ENDPOINT", "https://x.openai.azure.com"), ("AZURE_OPENAI_API_KEY", "k"), ("AZURE_OPENAI_DEPLOYMENT", "my-gpt"));

        Assert.Equal("my-gpt", models.DefaultModel);
        Assert.True(models.Contains("azure-openai/other"));
    }

    [Fact]
    public void Names_resolve_by_configuration_provider_and_beginning()
    {
        var models = LlmHost.Models(
            ("OPENAI_API_KEY", "k"), ("ANTHROPIC_API_KEY", "k"),
            ("Gateway:Models:house:Targets:0:Provider", "anthropic"), ("Gateway:Models:house:Targets:0:Model", "claude-x"),
            ("Gateway:DefaultModel", "house"));

        Assert.Equal("house", models.DefaultModel);
        Assert.Equal(["house", "gpt-5-mini", "claude-sonnet-5-5", "extractive-1"], models.Names);
        Assert.All(["default", "HOUSE", "gpt-9", "claude-9-9", "o3", "openai/anything", "extractive-1"], name => Assert.True(models.Contains(name), name));
        Assert.All(["", " ", "llama", "nobody/x", "openai/", "use-lite-en", new string('x', 500)], name => Assert.False(models.Contains(name), name));
        Assert.Null(models.Find("llama"));
        Assert.Contains("house", Assert.Throws<KeyNotFoundException>(() => models.Get("llama")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_of_the_settings_is_named_at_once()
    {
        var faults = LlmHost.Faults(
            ("Gateway:Providers:a:Kind", "carrier-pigeon"),
            ("Gateway:Providers:b:Kind", "openai-compatible"),
            ("Gateway:Providers:c:Kind", "anthropic"),
            ("Gateway:Providers:d:Kind", "openai"), ("Gateway:Providers:d:BaseUrl", "ftp://x"), ("Gateway:Providers:d:ApiKeys:0", "k\n"),
            ("Gateway:Providers:local:Kind", "openai"),
            ("Gateway:Models:m:Strategy", "magic"),
            ("Gateway:Models:n:Targets:0:Provider", "nobody"), ("Gateway:Models:n:Targets:0:Weight", "-1"),
            ("Gateway:Models:o:Targets:0:Provider", "local"), ("Gateway:Models:o:Targets:0:Model", "gpt"),
            ("Gateway:Embeddings:e:Provider", "nobody"), ("Gateway:Embeddings:e:Model", "x"),
            ("Gateway:DefaultModel", "unknown"), ("Gateway:DefaultEmbeddingModel", "unknown"),
            ("Gateway:Deadlines:TotalSeconds", "0"));

        string all = string.Join('\n', faults);
        Assert.All(
            [
                "'carrier-pigeon'; it must be one of openai,", "Providers:b: BaseUrl is missing", "Providers:c: ApiKeys is empty", "'ftp://x' is no absolute",
                "ApiKeys:0 is empty or has characters", "'local' is the built-in provider", "Strategy is 'magic'", "Models:m:Targets is empty",
                "Models:n:Targets:0:Provider is 'nobody'", "Models:n:Targets:0:Model is missing", "Weight is -1", "Models:o:Targets:0:Model is 'gpt'",
                "Embeddings:e:Provider is 'nobody'", "DefaultModel is 'unknown'", "DefaultEmbeddingModel is 'unknown'", "Deadlines: ",
            ],
            expected => Assert.Contains(expected, all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_default_embedder_is_local_whatever_keys_there_are()
    {
        await using var provider = LlmHost.Build(("OPENAI_API_KEY", "k"));
        var catalog = provider.GetRequiredService<EmbeddingCatalog>();

        var vector = await provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>()
            .GenerateVectorAsync("hello", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("use-lite-en", catalog.DefaultModel);
        Assert.Equal(512, vector.Length);
        Assert.Equal(512, catalog.Default.GetService<EmbeddingGeneratorMetadata>()?.DefaultModelDimensions);
        Assert.Equal(2, catalog.Tokens.CountTokens("hello"));
        Assert.Null(catalog.Find("nobody"));
    }

    [Fact]
    public void A_missing_local_model_is_said_when_it_is_needed_not_before()
    {
        using var provider = LlmHost.Build(("AISAAS_MODEL_DIR", "/nowhere"));

        Assert.NotNull(provider.GetRequiredService<ModelCatalog>().Get("extractive-1"));
        var missing = Assert.Throws<FileNotFoundException>(() => provider.GetRequiredService<EmbeddingCatalog>().Default);
        Assert.Contains("/nowhere", missing.Message, StringComparison.Ordinal);
    }
}
