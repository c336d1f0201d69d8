using AiSaas.Core.Redis;

namespace AiSaas.Core.Jobs;

/// <summary>The atomic steps of dispatch. <c>KEYS[1]</c> is the queue's stem; see <see cref="JobKeys"/>.</summary>
internal static class DispatchScripts
{
    // Time is Redis's own, in milliseconds: workers' clocks may differ.
    private const string Common = """
        local q = KEYS[1]
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        local function queue_up(tenant)
            if not redis.call('ZSCORE', q .. ':ring', tenant) then
                redis.call('ZADD', q .. ':ring', redis.call('INCR', q .. ':turn'), tenant)
            end
        end
        local function ready(tenant, job, score)
            local added = redis.call('ZADD', q .. ':t:' .. tenant, 'NX', score, job)
            queue_up(tenant)
            return added
        end

        """;

    /// <summary>Groups of tenant, job, score, run-at. Pushing what is there already changes nothing.</summary>
    public static readonly RedisScript Push = new("jobs.push", Common + """
        local added = 0
        for i = 1, #ARGV, 4 do
            if tonumber(ARGV[i + 3]) > now then
                redis.call('ZADD', q .. ':later', ARGV[i + 3], ARGV[i] .. '/' .. ARGV[i + 1] .. '/' .. ARGV[i + 2])
                added = added + 1
            else
                added = added + ready(ARGV[i], ARGV[i + 1], ARGV[i + 2])
            end
        end
        if added > 0 then redis.call('PUBLISH', q .. ':bell', added) end
        return added
        """);

    /// <summary>Amount wanted, milliseconds of protection → milliseconds until something waiting is due (-1: nothing waits), then the entries.</summary>
    public static readonly RedisScript Claim = new("jobs.claim", Common + """
        local wanted, protection = tonumber(ARGV[1]), tonumber(ARGV[2])
        for _, entry in ipairs(redis.call('ZRANGEBYSCORE', q .. ':later', '-inf', now, 'LIMIT', 0, 500)) do
            redis.call('ZREM', q .. ':later', entry)
            ready(string.sub(entry, 1, 36), string.sub(entry, 38, 73), string.sub(entry, 75))
        end
        local out = { -1 }
        while #out <= wanted do
            local turn = redis.call('ZPOPMIN', q .. ':ring')
            if #turn == 0 then break end
            local tenant = turn[1]
            local jobs = q .. ':t:' .. tenant
            local job = redis.call('ZPOPMIN', jobs)
            if #job > 0 then
                local entry = tenant .. '/' .. job[1] .. '/' .. job[2]
                redis.call('ZADD', q .. ':later', now + protection, entry)
                out[#out + 1] = entry
                if redis.call('EXISTS', jobs) == 1 then queue_up(tenant) end
            end
        end
        local next = redis.call('ZRANGE', q .. ':later', 0, 0, 'WITHSCORES')
        if #next > 0 then out[1] = math.max(0, tonumber(next[2]) - now) end
        return out
        """);

    /// <summary>Worker → 1 when it should fill the queue: nobody has, and nobody else is at it.</summary>
    public static readonly RedisScript BeginFill = new("jobs.begin-fill", """
        local q = KEYS[1]
        if redis.call('EXISTS', q .. ':filled') == 1 then return 0 end
        if redis.call('SET', q .. ':filling', ARGV[1], 'NX', 'PX', 5000) then return 1 end
        return 0
        """);

    /// <summary>Worker, 1 when complete → 1 while it is still the one who fills. An emptied Redis has forgotten it, and so its work.</summary>
    public static readonly RedisScript Filled = new("jobs.filled", """
        local q = KEYS[1]
        if redis.call('GET', q .. ':filling') ~= ARGV[1] then return 0 end
        if ARGV[2] == '1' then
            redis.call('SET', q .. ':filled', '1')
            redis.call('DEL', q .. ':filling')
        else
            redis.call('PEXPIRE', q .. ':filling', 5000)
        end
        return 1
        """);
}
