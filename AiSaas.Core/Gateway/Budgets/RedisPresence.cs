using AiSaas.Core.Redis;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Redis as the governor uses it: after a failure it is taken for away for a second, so that not every call waits to find out.</summary>
internal sealed class RedisPresence(RedisClient redis, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private long _awayUntil = long.MinValue;

    public bool IsAway => clock.GetTimestamp() < Volatile.Read(ref _awayUntil);

    /// <exception cref="RedisUnavailableException"/>
    public async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation)
    {
        try
        {
            return await redis.RunAsync(script, keys, arguments, cancellation);
        }
        catch (RedisUnavailableException)
        {
            Volatile.Write(ref _awayUntil, clock.GetTimestamp() + (long)(Pause.TotalSeconds * clock.TimestampFrequency));
            throw;
        }
    }
}
