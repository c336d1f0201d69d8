using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway;

/// <summary>A request to a model, as a client sent it.</summary>
/// <param name="Id">Given when the request came in; clients see it as <c>x-request-id</c>.</param>
/// <param name="Api">What the client speaks.</param>
/// <param name="Caller">Who asks and pays.</param>
/// <param name="Body">The client's bytes; must stay unchanged until the call has ended.</param>
public sealed record GatewayRequest(CallId Id, WireApi Api, GatewayCaller Caller, ReadOnlyMemory<byte> Body)
{
    /// <summary>What the client wants of the response caches (<c>x-aisaas-cache</c>).</summary>
    public CacheWish Cache { get; init; }

    /// <summary>Headers that the client's API gives a meaning, for targets that speak it too.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

public enum CacheWish
{
    /// <summary>As configured for the feature.</summary>
    Default,

    /// <summary>Neither read nor written.</summary>
    Off,

    /// <summary>The same request, byte for byte in what matters, gets the same answer.</summary>
    Exact,

    /// <summary>A question that means the same gets the same answer too.</summary>
    Semantic,
}
