using AiSaas.Core.Redis;

namespace AiSaas.Core.Runs;

/// <summary>The atomic steps of a run's log. <c>KEYS[1]</c> is the run's stem; see <see cref="RunKeys"/>.</summary>
internal static class RunScripts
{
    public const int Done = 0;
    public const int Fenced = -1;
    public const int Differs = -2;

    /// <summary>Fence, least number before the first event, expiry in ms → where the log stands for this fence now (or
    /// <see cref="Fenced"/>), and its newest event's id, empty if there is no log. From here on no lower fence writes.</summary>
    public static readonly RedisScript Open = new("runs.open", """
        local r = KEYS[1]
        local fence, number = ARGV[1], ARGV[2]
        local at = redis.call('GET', r .. ':at')
        local newest = redis.call('XREVRANGE', r .. ':log', '+', '-', 'COUNT', 1)
        local top = newest[1] and newest[1][1] or ''
        if at then
            local other, reached, done = string.match(at, '^(%d+)-(%d+)(!?)$')
            if tonumber(other) > tonumber(fence) then return { -1, top } end
            -- What is finished stays so, for later fences too.
            if done == '!' and top ~= '' then return { at, top } end
            if other == fence and tonumber(reached) >= tonumber(number) then number = reached end
        end
        at = fence .. '-' .. number
        redis.call('SET', r .. ':at', at, 'PX', ARGV[3])
        return { at, top }
        """);

    /// <summary>Where the writer believes the log to stand, where it stands afterwards, the entry's id, the entry,
    /// 1 to begin a log, expiry in ms (0: as it was), longest log (0: as it comes) → 1, <see cref="Done"/>,
    /// <see cref="Fenced"/> or <see cref="Differs"/>.</summary>
    /// <remarks>It runs for every word that anybody reads: four calls, no table built.</remarks>
    public static readonly RedisScript Append = new("runs.append", """
        local r = KEYS[1]
        local log, mark = r .. ':log', r .. ':at'
        local at = redis.call('GET', mark)
        if at ~= ARGV[1] then
            if not at then return -2 end
            if tonumber(string.match(at, '^%d+')) > tonumber(string.match(ARGV[1], '^%d+')) then return -1 end
            -- After the end nothing follows.
            return string.sub(at, -1) == '!' and 0 or -2
        end
        if ARGV[5] == '1' then
            redis.call('XADD', log, ARGV[3], 'd', ARGV[4])
        elseif ARGV[7] ~= '0' then
            if not redis.call('XADD', log, 'NOMKSTREAM', 'MAXLEN', '~', ARGV[7], ARGV[3], 'd', ARGV[4]) then return -2 end
        elseif not redis.call('XADD', log, 'NOMKSTREAM', ARGV[3], 'd', ARGV[4]) then
            return -2
        end
        if ARGV[6] ~= '0' then
            redis.call('SET', mark, ARGV[2], 'PX', ARGV[6])
            redis.call('PEXPIRE', log, ARGV[6])
        else
            redis.call('SET', mark, ARGV[2], 'KEEPTTL')
        end
        redis.call('PUBLISH', r .. ':live', ARGV[4])
        return 1
        """, IsTraced: false);
}
