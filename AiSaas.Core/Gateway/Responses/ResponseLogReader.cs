using System.Buffers;
using System.Runtime.CompilerServices;
using AiSaas.Core.Identity;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Wire.Responses;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Follows a response's events: what there is, then what comes, until its end.</summary>
/// <remarks>
/// A background response: numbers 0 and 1 from its row, the rest from its log in Redis while there is one, the end from Postgres when
/// there is none any more. A response that a client waited for has no log: its events are made again from what it came to.
/// </remarks>
public sealed class ResponseLogReader(ResponseStore store, RedisClient redis, TimeProvider clock)
{
    private const int Page = 256;
    private static readonly TimeSpan FirstQuiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestQuiet = TimeSpan.FromSeconds(4);

    /// <summary>Frames as the client gets them, those after number <paramref name="after"/>.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="user">Likewise.</param>
    /// <param name="response">As just found.</param>
    /// <param name="after">Null: from the start.</param>
    /// <param name="cancellation">The reader leaves.</param>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        TenantId tenant, UserId user, StoredResponse response, long? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (!response.IsBackground)
        {
            foreach (var one in ResponseReplay.Of(response.Response, from: 0, created: true).Where(one => one.Number > (after ?? -1) || one.Event.IsLast))
            {
                yield return Frame(one.Event);
            }

            yield break;
        }

        var queued = BlankResponse.Write(response.Request, response.Id, "queued", response.CreatedAt);
        foreach (string type in (string[])["response.created", "response.queued"])
        {
            long number = type == "response.created" ? 0 : 1;
            if (after is null || after < number)
            {
                yield return Frame(ResponseEvent.Of(type, number, queued));
            }
        }

        long next = Math.Max(ResponseLog.FirstNumber, (after ?? -1) + 1);
        bool isFresh = next == ResponseLog.FirstNumber;
        ResponseLogKeys keys = new(tenant, response.Id);
        Bell bell = new(clock);
        await using var listening = await redis.ListenAsync(keys.Live, _ => bell.Ring(), cancellation);
        var quiet = FirstQuiet;
        bool endedBefore = false;
        while (true)
        {
            var page = await PageOrNoneAsync(keys, next, cancellation);
            foreach (byte[] frame in page.Frames)
            {
                yield return frame;
                isFresh = false;
                if (IsLast(frame))
                {
                    yield break;
                }
            }

            if (page.Frames.Count > 0)
            {
                (next, quiet, endedBefore) = (page.First + page.Frames.Count, FirstQuiet, false);
                continue;
            }

            // The worker commits, then says so in the log: a response that has just ended is given one more look.
            bool? ended = await store.HasEndedAsync(tenant, user, response.Id, cancellation);
            if (ended is null || (ended.Value && (endedBefore || page.First < 0)))
            {
                if (await store.FindAsync(tenant, user, response.Id, cancellation) is not { } row)
                {
                    // Deleted meanwhile.
                    yield break;
                }

                // Who has seen a part gets the end, which holds it all; who has seen nothing gets every event.
                foreach (var one in ResponseReplay.Of(row.Response, next, created: false).Where(one => isFresh || one.Event.IsLast))
                {
                    yield return Frame(isFresh ? one.Event : ResponseEvent.Of(one.Event.Type, next, row!.Response));
                }

                yield break;
            }

            endedBefore = ended.Value;
            await bell.WaitAsync(endedBefore ? TimeSpan.FromMilliseconds(100) : quiet, cancellation);
            quiet = quiet * 2 < LongestQuiet ? quiet * 2 : LongestQuiet;
        }
    }

    /// <exception cref="RedisUnavailableException"/>
    internal static async Task<(long First, List<byte[]> Frames)> PageAsync(
        RedisClient redis, ResponseLogKeys keys, long from, CancellationToken cancellation)
    {
        var answer = ((RedisResult[]?)await redis.RunAsync(ResponseLogScripts.Read, [keys.Stem], [from, Page], cancellation))!;
        List<byte[]> frames = [];
        foreach (var frame in answer.AsSpan(1))
        {
            frames.Add((byte[])frame!);
        }

        return ((long)answer[0], frames);
    }

    private async Task<(long First, List<byte[]> Frames)> PageOrNoneAsync(ResponseLogKeys keys, long from, CancellationToken cancellation)
    {
        try
        {
            return await PageAsync(redis, keys, from, cancellation);
        }
        catch (RedisUnavailableException)
        {
            return (-1, []);
        }
    }

    private static bool IsLast(ReadOnlySpan<byte> frame) =>
        frame.StartsWith("event: response.completed\n"u8) || frame.StartsWith("event: response.incomplete\n"u8)
        || frame.StartsWith("event: response.failed\n"u8) || frame.StartsWith("event: response.cancelled\n"u8) || frame.StartsWith("event: error\n"u8);

    private static ReadOnlyMemory<byte> Frame(ResponseEvent one)
    {
        ArrayBufferWriter<byte> frame = new(one.Data.Length + 64);
        one.Write(frame);
        return frame.WrittenMemory;
    }
}
