using AiSaas.Llm.Keys;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Wire;
using AiSaas.Tests.Llm.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Llm.Providers;

public sealed class ProviderEndpointTests
{
    private static ProviderEndpoint Endpoint(string kind, params (string Key, string Value)[] settings) =>
        LlmHost.Build([("Gateway:Providers:p:Kind", kind), ("Gateway:Providers:p:ApiKeys:0", "k"), .. settings.Select(setting => ($"Gateway:Providers:p:{setting.Key}", setting.Value))])
            .GetRequiredService<ProviderRegistry>().Find("p")!;

    private static Dictionary<string, string> Headers(ProviderEndpoint endpoint, string secret = "k", Action<HttpRequestMessage>? before = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "http://x");
        before?.Invoke(request);
        endpoint.Authorize(request, ProviderKey.Of("p", secret));
        return request.Headers.NonValidated.ToDictionary(header => header.Key, header => header.Value.ToString());
    }

    [Theory]
    [InlineData("openai", "", WireApi.ChatCompletions, "https://api.openai.com/v1/chat/completions")]
    [InlineData("openai", "", WireApi.Responses, "https://api.openai.com/v1/responses")]
    [InlineData("openai", "https://proxy.example/v1/", WireApi.Embeddings, "https://proxy.example/v1/embeddings")]
    [InlineData("anthropic", "", WireApi.Messages, "https://api.anthropic.com/v1/messages")]
    [InlineData("anthropic", "http://127.0.0.1:9/v1", WireApi.Messages, "http://127.0.0.1:9/v1/messages")]
    [InlineData("anthropic", "http://127.0.0.1:9/proxy/v1/", WireApi.Messages, "http://127.0.0.1:9/proxy/v1/messages")]
    [InlineData("azure-openai", "https://x.openai.azure.com", WireApi.ChatCompletions, "https://x.openai.azure.com/openai/v1/chat/completions")]
    [InlineData("azure-openai", "https://x.openai.azure.com/?api-version=preview", WireApi.Responses, "https://x.openai.azure.com/openai/v1/responses?api-version=preview")]
    [InlineData("google", "", WireApi.ChatCompletions, "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions")]
    [InlineData("openai-compatible", "http://127.0.0.1:11434/v1", WireApi.Embeddings, "http://127.0.0.1:11434/v1/embeddings")]
    public void Every_kind_has_its_addresses(string kind, string baseUrl, WireApi api, string expected) =>
        Assert.Equal(expected, Endpoint(kind, ("BaseUrl", baseUrl)).AddressOf(api, "m").AbsoluteUri);

    [Fact]
    public void Bedrock_is_found_by_its_region() => Assert.Equal(
        "https://bedrock-runtime.eu-central-1.amazonaws.com/openai/v1/chat/completions",
        Endpoint("bedrock", ("Region", "eu-central-1")).AddressOf(WireApi.ChatCompletions, "m").AbsoluteUri);

    [Theory]
    [InlineData("openai", "", null, true)]
    [InlineData("openai", "https://proxy.example/v1", null, false)]
    [InlineData("openai", "https://proxy.example/v1", "true", true)]
    [InlineData("openai", "", "false", false)]
    [InlineData("azure-openai", "https://x.openai.azure.com", null, true)]
    [InlineData("azure-openai", "http://127.0.0.1:9", null, false)]
    [InlineData("openai-compatible", "http://127.0.0.1:9/v1", null, false)]
    [InlineData("openai-compatible", "http://127.0.0.1:9/v1", "true", true)]
    [InlineData("anthropic", "", "true", false)]
    public void Responses_go_natively_only_to_who_has_them(string kind, string baseUrl, string? native, bool expected)
    {
        var endpoint = Endpoint(kind, native is null ? [("BaseUrl", baseUrl)] : [("BaseUrl", baseUrl), ("NativeResponses", native)]);

        Assert.Equal(expected, endpoint.Speaks(WireApi.Responses));
        Assert.Equal(kind == "anthropic", endpoint.Speaks(WireApi.Messages));
        Assert.Equal(kind != "anthropic", endpoint.Speaks(WireApi.ChatCompletions));
    }

    [Fact]
    public void Each_kind_takes_its_key_where_it_looks_for_it()
    {
        Assert.Equal(new() { ["Authorization"] = "Bearer k" }, Headers(Endpoint("openai")));
        Assert.Equal(new() { ["api-key"] = "k" }, Headers(Endpoint("azure-openai", ("BaseUrl", "https://x.openai.azure.com"))));
        Assert.Equal(new() { ["x-api-key"] = "k", ["anthropic-version"] = "2023-06-01" }, Headers(Endpoint("anthropic")));
        Assert.Equal(
            new() { ["x-api-key"] = "k", ["anthropic-version"] = "2024-01-01" },
            Headers(Endpoint("anthropic"), before: request => request.Headers.TryAddWithoutValidation("Anthropic-Version", "2024-01-01"))
                .ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value));
        Assert.Empty(Headers(Endpoint("openai"), secret: ""));
    }

    [Fact]
    public void Configured_headers_go_with_every_request() => Assert.Equal(
        new() { ["OpenAI-Organization"] = "org-1", ["Authorization"] = "Bearer k" },
        Headers(Endpoint("openai", ("Headers:OpenAI-Organization", "org-1")), before: request => request.Headers.Add("OpenAI-Organization", "theirs")));

    [Fact]
    public void Tenants_may_bring_keys_for_configured_providers_and_for_known_ones_with_an_address_of_their_own()
    {
        var registry = LlmHost.Build(
            ("Gateway:Providers:house:Kind", "openai-compatible"), ("Gateway:Providers:house:BaseUrl", "http://127.0.0.1:9/v1"), ("OPENAI_API_KEY", "k")).GetRequiredService<ProviderRegistry>();

        Assert.Equal(["anthropic", "cohere", "google", "house", "jina", "openai", "voyage"], registry.NamesForOwnKeys);
        Assert.Null(registry.Find("anthropic"));
        Assert.Equal("api.anthropic.com", registry.FindForOwnKey("Anthropic")?.Host);
        Assert.Null(registry.FindForOwnKey("anthropic")!.Keys.Choose());
        Assert.Null(registry.FindForOwnKey("azure-openai"));
        Assert.Equal("", registry.Find("house")!.Keys.Choose()?.Secret);
        Assert.Equal("127.0.0.1:9", registry.Find("house")!.Host);
    }

    [Fact]
    public async Task A_request_is_sent_as_it_is_without_a_trace_of_ours()
    {
        await using var provider = await ProviderSimulator.StartAsync(Script.Answer("Fine."));
        var endpoint = Endpoint("openai-compatible", ("BaseUrl", provider.Address + "/v1"));
        using System.Diagnostics.Activity ours = new System.Diagnostics.Activity("ours").Start();
        using var request = endpoint.NewRequest(WireApi.ChatCompletions, "m");
        request.Content = new StringContent("""{"model":"m","messages":[],"unheard-of":1}""");
        endpoint.Authorize(request, endpoint.Keys.Choose()!);

        using var response = await endpoint.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(200, (int)response.StatusCode);
        var call = Assert.Single(provider.Calls);
        Assert.Equal(("/v1/chat/completions", "Bearer k", 1), (call.Path, call.Authorization, call.Body.GetProperty("unheard-of").GetInt32()));
        Assert.DoesNotContain(request.Headers.NonValidated, header => header.Key.Contains("trace", StringComparison.OrdinalIgnoreCase));
    }
}
