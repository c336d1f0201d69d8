using System.Buffers;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>How a forwarded call ended. Dispose gives its buffers back.</summary>
public sealed class ForwardResult(AttemptLog log) : IDisposable
{
    private byte[]? _rented;

    public AttemptLog Log { get; } = log;

    /// <summary>Who answered, or was tried last; null if all rested.</summary>
    public RouteTarget? Target { get; init; }

    /// <summary>Null if the answer is complete.</summary>
    public ModelFailure? Failure { get; init; }

    /// <summary>The caller left before the end.</summary>
    public bool IsCanceled { get; init; }

    /// <summary>Why the sink took no more, where that is a fault and not a client that has left. Its owner is to hear of it, once the call is filed.</summary>
    public Exception? SinkFault { get; init; }

    /// <summary>The stream's head is out: a failure has been told in the stream itself.</summary>
    public bool HasBegun { get; init; }

    /// <summary>What the provider counted, else our estimate; null if it did nothing it would bill.</summary>
    public TokenUsage? Usage { get; init; }

    public TimeSpan? FirstToken { get; init; }

    /// <summary>A whole answer, in the client's API.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The provider's own words on a request that it refuses, if it speaks the client's API: passed on as they are.</summary>
    public (int Status, ReadOnlyMemory<byte> Body)? Refusal { get; init; }

    internal ForwardResult Holding(byte[]? rented)
    {
        _rented = rented;
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
