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
        local function queue_up(line)
            if not redis.call('ZSCORE', q .. ':ring', line) then
                redis.call('ZADD', q .. ':ring', redis.call('INCR', q .. ':turn'), line)
            end
        end

        """;

    // What became due, then how long until the next.
    private const string Due = """
        local function take_due()
            for _, due in ipairs(redis.call('ZRANGEBYSCORE', q .. ':later', '-inf', now, 'LIMIT', 0, 500)) do
                redis.call('ZREM', q .. ':later', due)
                local entries = due
                if string.sub(due, 1, 1) == '#' then
                    local claim = q .. ':claim:' .. string.sub(due, 2)
                    entries = redis.call('GET', claim) or ''
                    redis.call('UNLINK', claim)
                end
                for line, job, score in string.gmatch(entries, '([^/\n]+)/([^/\n]+)/([^\n]+)') do
                    redis.call('ZADD', q .. ':t:' .. line, 'NX', score, job)
                    queue_up(line)
                end
            end
        end
        local function next_due()
            local next = redis.call('ZRANGE', q .. ':later', 0, 0, 'WITHSCORES')
            return #next > 0 and math.max(0, tonumber(next[2]) - now) or -1
        end
        local function take(line, share, out)
            local jobs = redis.call('ZPOPMIN', q .. ':t:' .. line, share)
            for i = 1, #jobs, 2 do out[#out + 1] = line .. '/' .. jobs[i] .. '/' .. jobs[i + 1] end
            return #jobs / 2
        end
        -- What is given comes back as a whole unless it is acknowledged.
        local function give(out, wait)
            if #out == 0 then return { wait, 0, '' } end
            local claim, entries = redis.call('INCR', q .. ':turn'), table.concat(out, '\n')
            redis.call('SET', q .. ':claim:' .. claim, entries)
            redis.call('ZADD', q .. ':later', now + tonumber(ARGV[2]), '#' .. claim)
            return { wait, claim, entries }
        end

        """;

    /// <summary>Groups: a line, how many, then as often job, score; or a line, 0, then one job, score, run-at.
    /// Pushing what is there already changes nothing.</summary>
    public static readonly RedisScript Push = new("jobs.push", Common + """
        local added, i = 0, 1
        while i < #ARGV do
            local line, count = ARGV[i], tonumber(ARGV[i + 1])
            if count == 0 and tonumber(ARGV[i + 4]) > now then
                redis.call('ZADD', q .. ':later', ARGV[i + 4], line .. '/' .. ARGV[i + 2] .. '/' .. ARGV[i + 3])
                added = added + 1
            else
                local pairs = {}
                for n = i + 2, i + 1 + 2 * math.max(count, 1), 2 do
                    pairs[#pairs + 1] = ARGV[n + 1]
                    pairs[#pairs + 1] = ARGV[n]
                end
                added = added + redis.call('ZADD', q .. ':t:' .. line, 'NX', unpack(pairs))
                queue_up(line)
            end
            i = i + 2 + (count == 0 and 3 or 2 * count)
        end
        if added > 0 then redis.call('PUBLISH', q .. ':bell', added) end
        return added
        """);

    /// <summary>Amount wanted, milliseconds of protection → milliseconds until something waiting is due (-1: nothing waits), a number
    /// for the acknowledgement, and the entries, a line each. Each line gives its share of the amount at its turn, so that in every claim all have as many.</summary>
    public static readonly RedisScript Claim = new("jobs.claim", Common + Due + """
        local wanted, out = tonumber(ARGV[1]), {}
        take_due()
        local lines = redis.call('ZCARD', q .. ':ring')
        while wanted > 0 do
            local turn = redis.call('ZPOPMIN', q .. ':ring')
            if #turn == 0 then break end
            local share = math.max(1, math.floor(wanted / math.max(1, lines)))
            local taken = take(turn[1], share, out)
            if taken == share and redis.call('EXISTS', q .. ':t:' .. turn[1]) == 1 then queue_up(turn[1]) end
            wanted = wanted - taken
            lines = lines - 1
        end
        return give(out, next_due())
        """);

    /// <summary>The number of a claim that Postgres has decided about.</summary>
    public static readonly RedisScript Acknowledge = new("jobs.acknowledge", """
        local q = KEYS[1]
        redis.call('ZREM', q .. ':later', '#' .. ARGV[1])
        redis.call('UNLINK', q .. ':claim:' .. ARGV[1])
        return 1
        """, IsTraced: false);

    /// <summary>The same within limits: amount, protection, milliseconds that a place is held, the queue's limit, a tenant's limit
    /// (0: none), then lanes and their limits. While it isn't known what runs, nothing is given.</summary>
    public static readonly RedisScript ClaimLimited = new("jobs.claim-limited", Common + Due + """
        local wanted, out = tonumber(ARGV[1]), {}
        local until_then, queue_limit, tenant_limit = now + tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local recheck = 1000
        local known = redis.call('GET', q .. ':known')
        if not known then
            -- Workers tell within a second what they run.
            known = now + 1500
            redis.call('SET', q .. ':known', string.format('%.0f', known))
        end
        if tonumber(known) > now then
            return give(out, tonumber(known) - now)
        end
        local limits = {}
        for i = 6, #ARGV, 2 do limits[ARGV[i]] = tonumber(ARGV[i + 1]) end
        local function room(key, limit)
            redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
            return limit - redis.call('ZCARD', key)
        end
        local function hold(key, jobs)
            redis.call('ZADD', key, unpack(jobs))
            redis.call('PEXPIRE', key, 60000)
        end
        take_due()
        for _, line in ipairs(redis.call('ZRANGEBYSCORE', q .. ':parked', '-inf', now, 'LIMIT', 0, 200)) do
            redis.call('ZREM', q .. ':parked', line)
            queue_up(line)
        end
        local free = queue_limit > 0 and room(q .. ':held', queue_limit) or wanted
        local full = free <= 0
        wanted = math.min(wanted, free)
        local lines, looks = redis.call('ZCARD', q .. ':ring'), 0
        while wanted > 0 do
            -- A thousand lines without room must not be looked through while everybody else waits.
            looks = looks + 1
            if looks > 300 then recheck = 1 break end
            local turn = redis.call('ZPOPMIN', q .. ':ring')
            if #turn == 0 then break end
            local line = turn[1]
            local tenant, lane = string.match(line, '^([^|]+)|?(.*)$')
            local of_tenant, of_lane = q .. ':held:t:' .. tenant, q .. ':held:l:' .. lane
            local share, lacks = math.max(1, math.floor(wanted / math.max(1, lines))), nil
            if limits[lane] then
                local most = room(of_lane, limits[lane])
                if most < share then share, lacks = most, ':l:' .. lane end
            end
            if tenant_limit > 0 then
                local most = room(of_tenant, tenant_limit)
                if most < share then share, lacks = most, ':t:' .. tenant end
            end
            local taken = 0
            if share > 0 then
                local before = #out
                taken = take(line, share, out)
                local jobs = {}
                for i = before + 1, #out do
                    jobs[#jobs + 1] = until_then
                    jobs[#jobs + 1] = string.match(out[i], '^[^/]+/([^/]+)/')
                end
                if taken > 0 then
                    hold(q .. ':held', jobs)
                    hold(of_tenant, jobs)
                    if lane ~= '' then hold(of_lane, jobs) end
                end
            end
            if redis.call('EXISTS', q .. ':t:' .. line) == 1 then
                if lacks then
                    redis.call('ZADD', q .. ':parked', now + 1000, line)
                    redis.call('ZADD', q .. ':parked' .. lacks, now, line)
                    redis.call('PEXPIRE', q .. ':parked' .. lacks, 60000)
                else
                    queue_up(line)
                end
            end
            wanted = wanted - taken
            lines = lines - 1
        end
        local wait = next_due()
        if full or looks > 300 or redis.call('EXISTS', q .. ':parked') == 1 then
            wait = wait < 0 and recheck or math.min(wait, recheck)
        end
        return give(out, wait)
        """);

    /// <summary>Groups of tenant, lane (or nothing), job that run no more: whoever waited for their places is up again.</summary>
    public static readonly RedisScript Free = new("jobs.free", Common + """
        local function wake(lacked)
            -- Some may have been up again by themselves, and some may lack more than this.
            local woken = 0
            for _ = 1, 16 do
                if woken == 4 then return end
                local line = redis.call('ZPOPMIN', q .. ':parked' .. lacked)
                if #line == 0 then return end
                if redis.call('ZREM', q .. ':parked', line[1]) == 1 then
                    queue_up(line[1])
                    woken = woken + 1
                end
            end
        end
        for i = 1, #ARGV, 3 do
            redis.call('ZREM', q .. ':held', ARGV[i + 2])
            redis.call('ZREM', q .. ':held:t:' .. ARGV[i], ARGV[i + 2])
            wake(':t:' .. ARGV[i])
            if ARGV[i + 1] ~= '' then
                redis.call('ZREM', q .. ':held:l:' .. ARGV[i + 1], ARGV[i + 2])
                wake(':l:' .. ARGV[i + 1])
            end
        end
        if redis.call('EXISTS', q .. ':ring') == 1 then redis.call('PUBLISH', q .. ':bell', 1) end
        return 1
        """, IsTraced: false);

    /// <summary>Milliseconds, then groups of tenant, lane (or nothing), job: these run still.</summary>
    public static readonly RedisScript Hold = new("jobs.hold", Common + """
        local until_then = now + tonumber(ARGV[1])
        local function hold(key, job)
            redis.call('ZADD', key, until_then, job)
            redis.call('PEXPIRE', key, 60000)
        end
        for i = 2, #ARGV, 3 do
            hold(q .. ':held', ARGV[i + 2])
            hold(q .. ':held:t:' .. ARGV[i], ARGV[i + 2])
            if ARGV[i + 1] ~= '' then hold(q .. ':held:l:' .. ARGV[i + 1], ARGV[i + 2]) end
        end
        return 1
        """, IsTraced: false);

    /// <summary>Worker → 1 when it should fill the queue: nobody has, and nobody else is at it. What the layout's last version left
    /// (stem in <c>KEYS[2]</c>) goes: Postgres has it all.</summary>
    public static readonly RedisScript BeginFill = new("jobs.begin-fill", """
        local q, old = KEYS[1], KEYS[2]
        if redis.call('EXISTS', q .. ':filled') == 1 then return 0 end
        if redis.call('EXISTS', old .. ':turn') == 1 then
            for _, tenant in ipairs(redis.call('ZRANGE', old .. ':ring', 0, 4999)) do redis.call('UNLINK', old .. ':t:' .. tenant) end
            redis.call('UNLINK', old .. ':ring', old .. ':turn', old .. ':later', old .. ':filled', old .. ':filling')
        end
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
