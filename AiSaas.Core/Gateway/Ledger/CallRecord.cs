using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>What a row of the ledger says beyond what was asked for.</summary>
internal readonly struct CallFacts
{
    public required CallStatus Status { get; init; }

    public CallTarget? Target { get; init; }

    public int HttpStatus { get; init; }

    public ModelErrorClass? Error { get; init; }

    public TokenUsage Usage { get; init; }

    public bool IsPriced { get; init; }

    public required string PriceVersion { get; init; }

    public long CostNanos { get; init; }

    public long SavedNanos { get; init; }

    public required string Cache { get; init; }

    public required IReadOnlyList<ModelAttempt> Attempts { get; init; }

    public TimeSpan? FirstToken { get; init; }

    public TimeSpan Duration { get; init; }

    public string? TraceId { get; init; }
}

/// <summary>A row of the ledger as the journal keeps it. Whole: what a call began with is the row that its process's death leaves.</summary>
/// <remarks>Written on the hot path, so in binary; read by <see cref="CallBatch"/>, also by builds that come after this one.</remarks>
internal static class CallRecord
{
    public const byte Version = 1;

    /// <summary>No call has more tries worth keeping.</summary>
    public const int MostAttempts = 32;

    /// <summary>Of the longest record: 11 texts, 32 attempts of two texts, each at three bytes a UTF-16 unit, and the numbers.</summary>
    public const int MostBytes = 64 * 1024;

    [ThreadStatic]
    private static byte[]? _buffer;

    public static CallId IdOf(ReadOnlySpan<byte> record) => new(new Guid(record.Slice(1 + 16, 16)));

    /// <returns>Valid until this thread writes the next one.</returns>
    public static ReadOnlySpan<byte> Write(CallIntent intent, DateTimeOffset at, in CallFacts facts)
    {
        byte[] buffer = _buffer ??= new byte[MostBytes];
        RecordWriter to = new(buffer);
        var caller = intent.Caller;
        to.Byte(Version);
        to.Id(caller.Tenant.Value);
        to.Id(intent.Id.Value);
        to.Long(at.UtcTicks);
        to.Id(caller.User.Value);
        to.Id(caller.Key?.Value ?? Guid.Empty);
        to.Text(caller.Feature);
        to.Text(caller.EndUser);
        to.Text(caller.Conversation);
        to.Byte((byte)intent.Api);
        to.Text(intent.Model);
        to.Text(facts.Target?.Provider);
        to.Text(facts.Target?.Kind);
        to.Text(facts.Target?.Model);
        to.Byte((byte)facts.Status);
        to.Int(facts.HttpStatus);
        to.Byte((byte)(facts.Error is { } error ? (int)error + 1 : 0));
        to.Byte((byte)((intent.IsStreamed ? 1 : 0) | (facts.Usage.IsEstimated ? 2 : 0) | (facts.IsPriced ? 4 : 0)));
        to.Long(facts.Usage.Input);
        to.Long(facts.Usage.CachedInput);
        to.Long(facts.Usage.CacheWrite);
        to.Long(facts.Usage.Output);
        to.Long(facts.Usage.Reasoning);
        to.Text(facts.PriceVersion);
        to.Long(facts.CostNanos);
        to.Long(facts.SavedNanos);
        to.Text(facts.Cache);
        to.Int(facts.FirstToken is { } first ? Milliseconds(first) : -1);
        to.Int(Milliseconds(facts.Duration));
        to.Text(facts.TraceId);
        int attempts = Math.Min(facts.Attempts.Count, MostAttempts);
        to.Byte((byte)attempts);
        for (int i = 0; i < attempts; i++)
        {
            Write(ref to, facts.Attempts[i]);
        }

        // Behind all that the first builds knew, which read on to the attempts and no further.
        to.Id(caller.Run?.Value ?? Guid.Empty);
        return buffer.AsSpan(0, to.Length);
    }

    private static void Write(ref RecordWriter to, ModelAttempt attempt)
    {
        to.Text(attempt.Provider);
        to.Text(attempt.Model);
        to.Byte((byte)attempt.Outcome);
        to.Byte((byte)(attempt.Error is { } error ? (int)error + 1 : 0));
        to.Int(attempt.Status ?? -1);
        to.Long(attempt.Duration.Ticks);
        to.Long(attempt.FirstToken?.Ticks ?? -1);
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Clamp(time.TotalMilliseconds, 0, int.MaxValue);
}
