using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway;

/// <summary>How a call ended.</summary>
public enum CallStatus
{
    Succeeded,

    Failed,

    /// <summary>By the caller, possibly in the middle of a stream.</summary>
    Canceled,

    /// <summary>Our process died; found in the journal afterwards, its usage estimated.</summary>
    Interrupted,
}

/// <summary>A call after it was made: what the ledger keeps.</summary>
public sealed record CallOutcome(CallStatus Status)
{
    /// <summary>Who answered, or was tried last; null when a cache answered or nobody was tried.</summary>
    public CallTarget? Target { get; init; }

    /// <summary>The HTTP status that the client got.</summary>
    public int HttpStatus { get; init; } = 200;

    public ModelErrorClass? Error { get; init; }

    /// <summary>Null when the provider did nothing that it would bill.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary><c>miss</c>, <c>hit-exact</c> or <c>hit-semantic</c>; on a hit <see cref="Usage"/> and <see cref="Target"/> are those of
    /// the stored answer, the cost is 0 and what it would have cost counts as saved.</summary>
    public string Cache { get; init; } = "miss";

    /// <summary>In order, the failed ones too.</summary>
    public IReadOnlyList<ModelAttempt> Attempts { get; init; } = [];

    public TimeSpan? FirstToken { get; init; }

    public TimeSpan Duration { get; init; }
}
