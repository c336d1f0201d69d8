using System.IO.Pipelines;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway;

/// <summary>Where an answer goes: an HTTP response, a run's log, a store.</summary>
public interface IAnswerSink
{
    /// <summary>Called once, when nothing can change any more: for a whole answer when it is complete, for a stream at its first content.</summary>
    /// <returns>Takes the bytes of the body; the engine flushes it.</returns>
    PipeWriter Begin(AnswerHead head);

    /// <summary>A stream has ended, well or not.</summary>
    /// <param name="costNanos">Of the call.</param>
    void Ended(long costNanos)
    {
    }
}

/// <summary>What is known when an answer begins.</summary>
/// <param name="Id">Of the call.</param>
/// <param name="Status">HTTP.</param>
/// <param name="IsStreamed">Server-sent events; else one JSON body.</param>
public sealed record AnswerHead(CallId Id, int Status, bool IsStreamed)
{
    public string? Provider { get; init; }

    /// <summary>The model's name at the provider.</summary>
    public string? Model { get; init; }

    public int Attempts { get; init; }

    public string Cache { get; init; } = "miss";

    /// <summary>In billionths of a dollar; null while a stream runs.</summary>
    public long? CostNanos { get; init; }

    /// <summary>Null while a stream runs, and where the provider did nothing that it would bill.</summary>
    public TokenUsage? Usage { get; init; }

    public LimitHeaders Limits { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of the body, if it is whole.</summary>
    public int? Length { get; init; }
}
