using AiSaas.Llm.Models;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Providers;

/// <summary>Who has vectors and rankings in an API near OpenAI's, and no chat.</summary>
internal sealed class VectorsKind : OpenAIKind
{
    public override bool Speaks(WireApi api, ProviderOptions options) => api == WireApi.Embeddings;
}

/// <summary>Cohere: vectors and rankings by its own API, chat and forwarded calls by the one it keeps for OpenAI's clients.</summary>
internal sealed class CohereKind : OpenAIKind
{
    private const string Compatible = "compatibility/v1";

    public override IChatClient Chat(Uri address, string key, string model, HttpClient http) =>
        base.Chat(new UriBuilder(address) { Path = $"{address.AbsolutePath.TrimEnd('/')}/{Compatible}" }.Uri, key, model, http);

    public override bool Speaks(WireApi api, ProviderOptions options) => api is WireApi.ChatCompletions or WireApi.Embeddings;

    public override string PathOf(WireApi api) => $"{Compatible}/{base.PathOf(api)}";

    // Its documentation shows the address with a version, which differs by route.
    protected override Uri Complete(Uri address) =>
        address.AbsolutePath.TrimEnd('/') is "/v1" or "/v2" ? new UriBuilder(address) { Path = "/" }.Uri : address;
}
