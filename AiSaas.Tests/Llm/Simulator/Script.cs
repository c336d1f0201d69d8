namespace AiSaas.Tests.Llm.Simulator;

/// <summary>How the simulator treats one call.</summary>
internal sealed record Script
{
    /// <summary>The answer, a token each.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = ["Paid", " within", " fourteen", " days", " [1]."];

    /// <summary>Before anything is sent, headers included.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Between the headers and the first frame of a stream.</summary>
    public TimeSpan FirstFrameLatency { get; init; }

    /// <summary>Between frames.</summary>
    public TimeSpan Pace { get; init; }

    public int Status { get; init; } = 200;

    public string? ErrorCode { get; init; }

    public string ErrorMessage { get; init; } = "Simulated.";

    public int? RetryAfter { get; init; }

    /// <summary>More headers of the answer, errors too.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Sent instead of the API's shape.</summary>
    public string? RawBody { get; init; }

    /// <summary>After so many frames the connection is torn down.</summary>
    public int? DieAfterFrames { get; init; }

    /// <summary>After so many frames the body ends politely, without an end mark.</summary>
    public int? EndAfterFrames { get; init; }

    /// <summary>After so many frames nothing more comes.</summary>
    public int? StallAfterFrames { get; init; }

    /// <summary>After so many frames comes the API's own error event, then the end.</summary>
    public int? ErrorAfterFrames { get; init; }

    /// <summary>The provider never says what the call used.</summary>
    public bool WithoutUsage { get; init; }

    /// <summary>Every byte of a stream in a write of its own: no character, no line and no frame comes whole.</summary>
    public bool ByteByByte { get; init; }

    /// <summary>Comments before each frame.</summary>
    public int KeepAlives { get; init; }

    /// <summary>Answer by calling this function with these arguments, given in pieces; once its result is in the request, by quoting it.</summary>
    public (string Name, string[] Arguments)? Tool { get; init; }

    public static Script Answer(params string[] tokens) => new() { Tokens = tokens };

    public static Script Fails(int status, string? code = null, string message = "Simulated.", int? retryAfter = null) =>
        new() { Status = status, ErrorCode = code, ErrorMessage = message, RetryAfter = retryAfter };

    /// <summary>Accepts the connection and says nothing.</summary>
    public static Script BlackHole { get; } = new() { Latency = TimeSpan.FromMinutes(5) };
}
