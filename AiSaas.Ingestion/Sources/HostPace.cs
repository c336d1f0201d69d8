using AiSaas.Core.Redis;
using StackExchange.Redis;

namespace AiSaas.Ingestion.Sources;

/// <summary>One request at a time and place: all workers, of all workspaces, take turns at a host.</summary>
/// <remarks>The delay lies between the end of an answer and the next request, so that a slow host is asked less often. A key for each host, <c>aisaas:1:host:{name}:free</c>, holds the millisecond from which it may be asked again. Without
/// Redis each source keeps its own pace, which is polite enough until it is back.</remarks>
internal sealed class HostPace(RedisClient redis, TimeProvider clock)
{
    // Further ahead nobody is let in: whoever asks comes again later.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private static readonly RedisScript Take = new("host-pace", """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local free = tonumber(redis.call('GET', KEYS[1]) or '0')
        if free < now then free = now end
        local wait = free - now
        if wait <= tonumber(ARGV[2]) then
            redis.call('SET', KEYS[1], string.format('%.0f', free + ARGV[1]), 'PX', string.format('%.0f', wait + ARGV[1] + 1000))
        end
        return wait
        """);

    private static readonly RedisScript Give = new("host-pace-end", """
        local time = redis.call('TIME')
        local free = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
        if tonumber(redis.call('GET', KEYS[1]) or '0') < free then
            redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', string.format('%.0f', ARGV[1] + 1000))
        end
        return 0
        """);

    /// <summary>Waits for the turn.</summary>
    /// <returns>Null once it has come; else how long it is away, which is too long to wait for.</returns>
    public async Task<TimeSpan?> WaitAsync(Uri url, TimeSpan delay, CancellationToken cancellation)
    {
        if (delay <= TimeSpan.Zero)
        {
            return null;
        }

        TimeSpan wait;
        try
        {
            var answer = await redis.RunAsync(
                Take, Keys(url), [(long)delay.TotalMilliseconds, (long)Longest.TotalMilliseconds], cancellation);
            wait = TimeSpan.FromMilliseconds((long)answer);
        }
        catch (RedisUnavailableException)
        {
            wait = delay;
        }

        if (wait > Longest)
        {
            return wait;
        }

        await Task.Delay(wait, clock, cancellation);
        return null;
    }

    /// <summary>The turn is over: from now on the delay runs.</summary>
    public async Task EndAsync(Uri url, TimeSpan delay, CancellationToken cancellation)
    {
        if (delay <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await redis.RunAsync(Give, Keys(url), [(long)delay.TotalMilliseconds], cancellation);
        }
        catch (RedisUnavailableException)
        {
            // The next turn will find it away as well, and wait all the same.
        }
    }

    private static RedisKey[] Keys(Uri url) => [$"aisaas:1:host:{{{url.IdnHost}:{url.Port}}}:free"];
}
