using AiSaas.Core.Redis;

namespace AiSaas.Core.Runs;

/// <summary>The atomic steps of a run's log. <c>KEYS[1]</c> is the run's stem; see <see cref="RunKeys"/>.</summary>
internal static class RunScripts
{
    public const int Fenced = -1;
    public const int Differs = -2;

    /// <summary>Fence, expiry in ms → entries this fence wrote already (or <see cref="Fenced"/>), 1 when there is a log, the last id.
    /// From here on no lower fence writes.</summary>
    public static readonly RedisScript Open = new("runs.open", """
        local r = KEYS[1]
        local fence = tonumber(ARGV[1])
        local meta = redis.call('HMGET', r .. ':meta', 'fence', 'n', 'last')
        local newest, n = tonumber(meta[1] or -1), tonumber(meta[2] or 0)
        if newest > fence then return { -1, 0, '' } end
        if newest < fence then
            n = 0
            redis.call('HSET', r .. ':meta', 'fence', fence, 'n', n)
            redis.call('PEXPIRE', r .. ':meta', ARGV[2])
        end
        return { n, redis.call('EXISTS', r .. ':log'), meta[3] or '' }
        """);

    /// <summary>Fence, entries the writer believes to have written, expiry in ms, greatest number of entries,
    /// id that new ones must exceed, parts… → entries written now (or <see cref="Fenced"/>,
    /// <see cref="Differs"/>) and the last id.</summary>
    public static readonly RedisScript Append = new("runs.append", """
        local r = KEYS[1]
        local fence, believed = tonumber(ARGV[1]), tonumber(ARGV[2])
        local meta = redis.call('HMGET', r .. ':meta', 'fence', 'n', 'last', 'done')
        local newest, n, last = tonumber(meta[1] or -1), tonumber(meta[2] or 0), meta[3] or ''
        if newest > fence then return { -1, '' } end
        -- After the end nothing follows.
        if meta[4] then return { believed, last } end
        if newest < fence then n = 0 end
        local exists = redis.call('EXISTS', r .. ':log') == 1
        if believed ~= n or (n > 0 and not exists) then return { -2, '' } end
        local id = '*'
        if not exists then
            last = ''
            -- A log that begins anew goes on numbering above the lost one, even if the clock went back.
            local floor = tonumber(string.match(ARGV[5], '^%d+') or 0)
            local clock = redis.call('TIME')
            if clock[1] * 1000 + math.floor(clock[2] / 1000) <= floor then id = string.format('%.0f-0', floor + 1) end
        end
        local news = { last }
        for i = 6, #ARGV do
            last = redis.call('XADD', r .. ':log', 'MAXLEN', '~', ARGV[4], id, 'd', ARGV[i])
            id = '*'
            news[#news + 1] = last
            news[#news + 1] = ARGV[i]
        end
        n = n + #ARGV - 5
        redis.call('HSET', r .. ':meta', 'fence', fence, 'n', n, 'last', last)
        if ARGV[#ARGV] == '{"type":"finish"}' then redis.call('HSET', r .. ':meta', 'done', 1) end
        redis.call('PEXPIRE', r .. ':meta', ARGV[3])
        redis.call('PEXPIRE', r .. ':log', ARGV[3])
        redis.call('PUBLISH', r .. ':live', table.concat(news, '\n'))
        return { n, last }
        """, IsTraced: false);
}
