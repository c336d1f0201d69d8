using System.Buffers;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>What an attempt has brought so far: a whole answer, or a stream whose first content is there.</summary>
internal sealed class UpstreamAnswer(RouteAttempt attempt, AttemptDeadline deadline) : IDisposable, IAsyncDisposable
{
    public RouteAttempt Attempt => attempt;

    public AttemptDeadline Deadline => deadline;

    /// <summary>In the client's API; null for a stream.</summary>
    public ReadOnlyMemory<byte>? Whole { get; init; }

    /// <summary>The rented array behind <see cref="Whole"/>, if it is one.</summary>
    public byte[]? Rented { get; set; }

    public TokenUsage? Usage { get; init; }

    public UpstreamStream? Stream { get; init; }

    public StreamPump? Pump { get; init; }

    /// <summary>The client's bytes up to the first content.</summary>
    public ArrayBufferWriter<byte>? Prelude { get; init; }

    /// <summary>Whether the prelude is already the whole stream.</summary>
    public bool HasEnded { get; init; }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        Stream?.Dispose();
        deadline.Dispose();
        if (Rented is { } rented)
        {
            Rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
