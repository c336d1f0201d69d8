using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>The key layout of background responses' logs, version 1. All keys of one carry one hash tag, with its tenant's name.</summary>
/// <remarks><list type="table">
/// <item><c>aisaas:1:{p:&lt;tenant&gt;/&lt;id&gt;}:log</c> list: one frame per event, as clients get it; the first has the number <c>base</c></item>
/// <item><c>aisaas:1:{p:&lt;tenant&gt;/&lt;id&gt;}:meta</c> hash: <c>fence</c> of the newest writer, <c>base</c></item>
/// <item><c>aisaas:1:{p:&lt;tenant&gt;/&lt;id&gt;}:live</c> channel: a bell</item>
/// </list></remarks>
internal sealed record ResponseLogKeys(TenantId Tenant, string Id)
{
    public string Stem { get; } = $"aisaas:1:{{p:{Tenant}/{Id}}}";

    public string Live => Stem + ":live";
}

/// <summary>The atomic steps of a log. <c>KEYS[1]</c> is its stem.</summary>
internal static class ResponseLogScripts
{
    public const int Fenced = -1;
    public const int Differs = -2;

    /// <summary>Fence, number of the first event if there is no log, expiry in ms → 0 or <see cref="Fenced"/>, base, length.</summary>
    public static readonly RedisScript Open = new("responses.open", """
        local r = KEYS[1]
        local fence = tonumber(ARGV[1])
        local meta = redis.call('HMGET', r .. ':meta', 'fence', 'base')
        if tonumber(meta[1] or -1) > fence then return { -1, 0, 0 } end
        local length = redis.call('LLEN', r .. ':log')
        local base = meta[2]
        if length == 0 or not base then base = ARGV[2] end
        redis.call('HSET', r .. ':meta', 'fence', fence, 'base', base)
        redis.call('PEXPIRE', r .. ':meta', ARGV[3])
        return { 0, tonumber(base), length }
        """);

    /// <summary>Fence, base, length that the writer believes (-1: whatever is there goes), expiry in ms, frames… → the length now,
    /// <see cref="Fenced"/> or <see cref="Differs"/>.</summary>
    public static readonly RedisScript Append = new("responses.append", """
        local r = KEYS[1]
        local fence, believed = tonumber(ARGV[1]), tonumber(ARGV[3])
        local meta = redis.call('HMGET', r .. ':meta', 'fence', 'base')
        if tonumber(meta[1] or -1) > fence then return -1 end
        if believed < 0 then
            redis.call('DEL', r .. ':log')
        elseif redis.call('LLEN', r .. ':log') ~= believed or meta[2] ~= ARGV[2] then
            return -2
        end
        for i = 5, #ARGV do redis.call('RPUSH', r .. ':log', ARGV[i]) end
        redis.call('HSET', r .. ':meta', 'fence', fence, 'base', ARGV[2])
        redis.call('PEXPIRE', r .. ':meta', ARGV[4])
        redis.call('PEXPIRE', r .. ':log', ARGV[4])
        redis.call('PUBLISH', r .. ':live', '1')
        return redis.call('LLEN', r .. ':log')
        """, IsTraced: false);

    /// <summary>Number of the first event wanted, how many at most → number of the first one given (-1: there is no log), frames….</summary>
    public static readonly RedisScript Read = new("responses.read", """
        local r = KEYS[1]
        local base = redis.call('HGET', r .. ':meta', 'base')
        if not base then return { -1 } end
        local from = math.max(tonumber(ARGV[1]) - tonumber(base), 0)
        local frames = redis.call('LRANGE', r .. ':log', from, from + tonumber(ARGV[2]) - 1)
        table.insert(frames, 1, tonumber(base) + from)
        return frames
        """, IsTraced: false);
}
