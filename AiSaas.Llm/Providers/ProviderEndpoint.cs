using System.Collections.Frozen;
using System.Net;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Models;
using AiSaas.Llm.Reranking;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Providers;

/// <summary>The wire side of a provider: what forwarding needs to reach it.</summary>
public sealed class ProviderEndpoint : IDisposable
{
    private readonly ProviderKind _kind;
    private readonly KeyValuePair<string, string>[] _headers;
    private readonly FrozenDictionary<WireApi, Uri> _addresses;
    private readonly Uri _address;
    private readonly Version _version;

    internal ProviderEndpoint(string name, ProviderKind kind, ProviderOptions settings, DeadlineOptions deadlines, KeyPool keys, TimeProvider clock)
    {
        (Name, _kind, Keys) = (name, kind, keys);
        _headers = [.. settings.Headers];
        var address = _address = kind.AddressOf(settings);
        _addresses = Enum.GetValues<WireApi>()
            .Where(api => kind.Speaks(api, settings))
            .ToFrozenDictionary(api => api, api => Below(address, kind.PathOf(api)));
        Host = address.IsDefaultPort ? address.Host : $"{address.Host}:{address.Port}";

        // Without encryption there is no negotiation, and most local servers speak only 1.1.
        _version = address.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
        Http = ProviderHttp.ForForwarding(kind, settings, deadlines, clock);
    }

    /// <summary>As it is configured.</summary>
    public string Name { get; }

    /// <summary>The kind's name: openai, anthropic, …</summary>
    public string Kind => _kind.Name;

    /// <summary>The value of <c>gen_ai.provider.name</c>.</summary>
    public string TelemetryName => _kind.TelemetryName ?? Name;

    /// <summary>Where it is, for people: host and unusual port.</summary>
    public string Host { get; }

    /// <summary>The configured keys. A provider that needs none has one whose secret is empty.</summary>
    public KeyPool Keys { get; }

    /// <summary>Follows no redirects, unpacks nothing and bounds no body; its only deadline is the connection's.</summary>
    public HttpMessageInvoker Http { get; }

    /// <summary>How it is asked for vectors; null if it has none.</summary>
    internal EmbeddingWire? Embeddings => _kind.Embeddings;

    /// <summary>How it is asked to rank passages; null if it can't.</summary>
    internal RerankWire? Reranking => _kind.Reranking;

    /// <summary>Whether requests of this API can be forwarded as they are.</summary>
    public bool Speaks(WireApi api) => _addresses.ContainsKey(api);

    /// <exception cref="KeyNotFoundException">It does not speak that API.</exception>
    public Uri AddressOf(WireApi api, string model)
    {
        _ = model; // all our kinds name the model in the body
        return _addresses[api];
    }

    /// <summary>Puts the key, what the kind insists on and the configured headers on a request. Last: it replaces what is there.</summary>
    public void Authorize(HttpRequestMessage request, ProviderKey key)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(key);
        _kind.Authorize(request, key.Secret);
        foreach (var (name, value) in _headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>A POST to this API with the best protocol that the provider may have; neither body nor key yet.</summary>
    public HttpRequestMessage NewRequest(WireApi api, string model) =>
        new(HttpMethod.Post, AddressOf(api, model)) { Version = _version, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    /// <summary>A POST below the address; neither body nor key yet.</summary>
    internal HttpRequestMessage NewPost(string path) =>
        new(HttpMethod.Post, Below(_address, path)) { Version = _version, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    public void Dispose() => Http.Dispose();

    // The base may carry a query (some gateways and previews want one); the path goes before it.
    private static Uri Below(Uri address, string path) =>
        new UriBuilder(address) { Path = $"{address.AbsolutePath.TrimEnd('/')}/{path}" }.Uri;
}
