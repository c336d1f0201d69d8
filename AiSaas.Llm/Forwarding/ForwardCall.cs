using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>A request to be answered by whichever target of a route can.</summary>
/// <param name="Api">What the client speaks.</param>
/// <param name="Body">As the client sent it; must stay unchanged until the call has ended.</param>
/// <param name="Envelope">Read from it.</param>
/// <param name="Route">Where its model leads.</param>
/// <param name="Sink">Takes a streamed answer.</param>
public sealed record ForwardCall(WireApi Api, ReadOnlyMemory<byte> Body, RequestEnvelope Envelope, Route Route, IStreamSink Sink)
{
    /// <summary>Keys that override the configured ones, by provider; null for none.</summary>
    public IReadOnlyDictionary<string, KeyPool>? OwnKeys { get; init; }

    /// <summary>Input tokens as far as we can tell; counts where the provider gives no count.</summary>
    public long InputEstimate { get; init; }

    /// <summary>A bound on the output that the client didn't set; sent upstream in its API's terms.</summary>
    public long? OutputTokenBound { get; init; }

    /// <summary>Headers of the client that its API gives a meaning, such as <c>anthropic-beta</c>; sent to targets that speak the same API.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Told before each attempt's first byte goes out.</summary>
    public Action<RouteTarget>? Sending { get; init; }
}

/// <summary>Where a streamed answer goes.</summary>
public interface IStreamSink
{
    /// <summary>The first content has come: from now on nothing is taken back. Called at most once.</summary>
    /// <param name="target">Who answers.</param>
    /// <param name="attempts">How many were tried, this one included.</param>
    /// <returns>Takes the client's bytes. Flushed after each block.</returns>
    System.IO.Pipelines.PipeWriter Begin(RouteTarget target, int attempts);
}
