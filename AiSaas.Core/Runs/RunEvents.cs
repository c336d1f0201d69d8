using System.Text;
using AiSaas.Core.Redis;
using StackExchange.Redis;

namespace AiSaas.Core.Runs;

/// <summary>Reads events out of what Redis says: entries of the stream, and messages of the live channel.</summary>
internal static class RunEvents
{
    private const int Page = 500;

    private static ReadOnlySpan<byte> FinishJson => """{"type":"finish"}"""u8;

    public static bool IsFinish(this RunEvent one) => one.Json.Span.SequenceEqual(FinishJson);

    /// <summary>A page of entries after a position; shorter than a page's length when it is the last.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public static async Task<(List<RunEvent> Events, bool IsLast)> RangeAsync(
        RedisClient redis, RunKeys keys, RunEventId? after, CancellationToken cancellation)
    {
        string from = after is { } id ? $"({id}" : "-";
        var entries = ((RedisResult[]?)await redis.CallAsync(
            "runs.range", database => database.ExecuteAsync("XRANGE", (RedisKey)keys.Log, from, "+", "COUNT", Page), cancellation))!;
        List<RunEvent> events = [.. entries.Select(Read)];
        return (events, events.Count < Page);
    }

    /// <summary>What a live message says: the id before its events, and them.</summary>
    public static (RunEventId? Before, List<RunEvent> Events) Parse(byte[] message)
    {
        var rest = message.AsMemory();
        RunEventId? before = ParseId(NextLine(ref rest));
        List<RunEvent> events = [];
        while (rest.Length > 0)
        {
            var id = ParseId(NextLine(ref rest));
            events.Add(new RunEvent(id, NextLine(ref rest)));
        }

        return (before, events);
    }

    private static RunEvent Read(RedisResult entry)
    {
        var parts = ((RedisResult[]?)entry)!;
        var fields = ((RedisResult[]?)parts[1])!;
        return new RunEvent(ParseId((byte[]?)parts[0]), (byte[]?)fields[1]);
    }

    private static ReadOnlyMemory<byte> NextLine(ref Memory<byte> rest)
    {
        int end = rest.Span.IndexOf((byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return line;
    }

    private static RunEventId? ParseId(ReadOnlyMemory<byte> text) =>
        RunEventId.TryParse(Encoding.ASCII.GetString(text.Span), out var id) ? id : null;
}
