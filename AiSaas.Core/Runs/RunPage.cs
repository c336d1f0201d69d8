using AiSaas.Core.Redis;
using StackExchange.Redis;

namespace AiSaas.Core.Runs;

/// <summary>A page of a run's log, read once for whoever wants it at the moment.</summary>
/// <param name="Entries">The frames of each entry.</param>
internal sealed record RunPage(IReadOnlyList<ReadOnlyMemory<byte>> Entries)
{
    // About 30 KiB of an answer, less than a connection buffers.
    private const int Length = 256;

    public static RunPage Empty { get; } = new([]);

    /// <summary>There may be more behind it.</summary>
    public bool IsFull => Entries.Count == Length;

    /// <summary>Entries with events after a position.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public static async Task<RunPage> ReadAsync(RedisClient redis, RunKeys keys, RunEventId? after, CancellationToken cancellation)
    {
        string from = after is { } id ? $"({id}" : "-";
        var entries = ((RedisResult[]?)await redis.CallAsync(
            "runs.range", database => database.ExecuteAsync("XRANGE", (RedisKey)keys.Log, from, "+", "COUNT", Length), cancellation))!;
        return new([.. entries.Select(Frames)]);
    }

    /// <summary>The newest event's id and whether it ends the run; null where there is no log.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public static async Task<(RunEventId Id, bool IsEnd)?> TopAsync(RedisClient redis, RunKeys keys, CancellationToken cancellation)
    {
        var newest = ((RedisResult[]?)await redis.CallAsync(
            "runs.top", database => database.ExecuteAsync("XREVRANGE", (RedisKey)keys.Log, "+", "-", "COUNT", 1), cancellation))!;
        return newest is [var entry] && RunEventId.TryParse((string)((RedisResult[]?)entry)![0]!, out var id)
            ? (id, RunFrames.EndWithFinish(Frames(entry).Span))
            : null;
    }

    private static ReadOnlyMemory<byte> Frames(RedisResult entry)
    {
        var fields = ((RedisResult[]?)((RedisResult[]?)entry)![1])!;
        return RunFrames.TryReadEntry((byte[]?)fields[1], out _, out var frames) ? frames : default;
    }
}
