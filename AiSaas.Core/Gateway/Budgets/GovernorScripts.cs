using AiSaas.Core.Redis;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>The atomic steps of limits and budgets; see <see cref="GovernorKeys"/> for the fields. Times are Redis's, in microseconds.</summary>
/// <remarks>Amounts go from arguments to commands as text, so that they stay exact beyond 2^53; comparisons are exact up to 9 million dollars
/// and within two nano-dollars beyond.</remarks>
internal static class GovernorScripts
{
    /// <summary>How long replicas have to say what they hold after a counter was lost, should one of them not answer.</summary>
    public const int GraceMilliseconds = 400;

    private const string Less = """
        local function less(amount)
            if amount == '0' then return amount end
            return string.sub(amount, 1, 1) == '-' and string.sub(amount, 2) or '-' .. amount
        end

        """;

    private const string Now = Less + """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]

        """;

    /// <summary>Asks for one call: every limit and every budget at once, all or nothing.</summary>
    /// <remarks>
    /// Keys: the limits, then the budgets. Arguments: how many limits; nano-dollars wanted; the least that will do (-1: all or none); the process;
    /// then for each limit the microseconds that this call takes of it and those it holds; for each budget the process's joining and the cap;
    /// last the microseconds that joining may last.
    /// Answers in threes: 0, room, 0: all granted of what was left in the tightest budget; 0, amount, 1: that much was granted; 1, limit, wait; 2, budget, what is left;
    /// 3, budget, 0 when it has no counter or 1 when it will be ready in a moment; 4, budget that this process must join first.
    /// Then for each limit how far from full it is.
    /// A limit is GCRA: its key holds the time at which the bucket is full again. What is larger than the bucket may go when that is full.
    /// </remarks>
    public static readonly RedisScript Admit = new("governor.admit", Now + """
        local limits, wanted, least, process = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
        local out, fulls, blocked, wait = { 0, 0, 0 }, {}, 0, 0
        for i = 1, limits do
            local take, holds = tonumber(ARGV[3 + 2 * i]), tonumber(ARGV[4 + 2 * i])
            local full = tonumber(redis.call('GET', KEYS[i]) or 0)
            if full < now then full = now end
            local late = full + math.min(take, holds) - now - holds
            if late > wait then blocked, wait = i, late end
            out[3 + i] = full - now
            fulls[i] = full + take
        end
        if blocked > 0 then
            out[1], out[2], out[3] = 1, blocked, wait
            return out
        end
        local left, tightest
        for i = limits + 1, #KEYS do
            local a = 3 + 2 * i
            local f = redis.call('HMGET', KEYS[i], 'st', 's', 'R', 'i:' .. process, 'joined', 'n', 'since')
            if f[1] == 'joining' and (tonumber(f[5]) >= tonumber(f[6]) or now > tonumber(f[7]) + tonumber(ARGV[#ARGV])) then
                redis.call('HSET', KEYS[i], 'st', 'ready')
            elseif f[1] ~= 'ready' then
                out[1], out[2], out[3] = 3, i - limits, f[1] and 1 or 0
                return out
            end
            if f[4] ~= ARGV[a] then
                out[1], out[2] = 4, i - limits
                return out
            end
            local room = tonumber(ARGV[a + 1]) - tonumber(f[2]) - tonumber(f[3])
            if not left or room < left then left, tightest = room, i end
        end
        local grant = ARGV[2]
        out[2] = left or 0
        if left and left < wanted then
            -- Before a call is refused: what processes held that are gone.
            local freed = false
            for i = limits + 1, #KEYS do
                local fields = redis.call('HGETALL', KEYS[i])
                for j = 1, #fields, 2 do
                    local gone = string.match(fields[j], '^e:(.+)$')
                    if gone and tonumber(fields[j + 1]) < now then
                        redis.call('HINCRBY', KEYS[i], 'R', less(redis.call('HGET', KEYS[i], 'r:' .. gone) or '0'))
                        redis.call('HDEL', KEYS[i], 'r:' .. gone, 'i:' .. gone, 'e:' .. gone)
                        freed = true
                    end
                end
            end
            if freed then
                out[1], out[2], out[3] = 3, tightest - limits, 1
                return out
            end
            if least < 0 or left < least then
                out[1], out[2], out[3] = 2, tightest - limits, left
                return out
            end
            grant = string.format('%.0f', left)
            out[2], out[3] = left, 1
        end
        for i = 1, limits do
            redis.call('SET', KEYS[i], string.format('%.0f', fulls[i]), 'PX', math.max(1, math.ceil((fulls[i] - now) / 1000)))
            out[3 + i] = fulls[i] - now
        end
        for i = limits + 1, #KEYS do
            redis.call('HINCRBY', KEYS[i], 'R', grant)
            redis.call('HINCRBY', KEYS[i], 'r:' .. process, grant)
        end
        return out
        """, IsTraced: false);

    /// <summary>Ended calls of one workspace, summed up: frees what they held and adds what they cost, unless the counter was read from a
    /// Postgres that had them already.</summary>
    /// <remarks>Keys: limits to correct, then budgets. Arguments: how many limits; the process; the transaction that recorded the calls (0: none);
    /// microseconds until a silent process is given up; for each limit the correction; for each budget the joining, what was held, what it cost.</remarks>
    public static readonly RedisScript Settle = new("governor.settle", Now + """
        local function had(transaction, snapshot)
            if not snapshot or transaction == '0' then return false end
            local low, high, open = string.match(snapshot, '^(%d+):(%d+):(.*)$')
            local t = tonumber(transaction)
            if t < tonumber(low) then return true end
            if t >= tonumber(high) then return false end
            for one in string.gmatch(open, '%d+') do
                if one == transaction then return false end
            end
            return true
        end
        local limits, process = tonumber(ARGV[1]), ARGV[2]
        for i = 1, limits do
            local full = tonumber(redis.call('GET', KEYS[i]) or now) + tonumber(ARGV[4 + i])
            if full > now then
                redis.call('SET', KEYS[i], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
            else
                redis.call('DEL', KEYS[i])
            end
        end
        for i = limits + 1, #KEYS do
            local a = 5 + limits + 3 * (i - limits - 1)
            local f = redis.call('HMGET', KEYS[i], 'st', 'snap', 'i:' .. process)
            if f[1] then
                if f[3] == ARGV[a] then
                    redis.call('HINCRBY', KEYS[i], 'R', ARGV[a + 1])
                    redis.call('HINCRBY', KEYS[i], 'r:' .. process, ARGV[a + 1])
                    redis.call('HSET', KEYS[i], 'e:' .. process, string.format('%.0f', now + tonumber(ARGV[4])))
                end
                if ARGV[a + 2] ~= '0' and not had(ARGV[3], f[2]) then
                    redis.call('HINCRBY', KEYS[i], 's', ARGV[a + 2])
                    redis.call('HINCRBY', KEYS[i], 'v', 1)
                end
            end
        end
        return 0
        """, IsTraced: false);

    /// <summary>Makes sure that a counter exists. Arguments: the channel; milliseconds it is kept → state (0 ready, 1 this caller must fill it,
    /// 2 another is at it), and how often it was changed.</summary>
    public static readonly RedisScript Open = new("governor.open", Now + """
        local key = KEYS[1]
        local f = redis.call('HMGET', key, 'st', 'v', 'since')
        redis.call('PEXPIRE', key, ARGV[2])
        if not f[1] then
            redis.call('HSET', key, 'st', 'building', 'v', 0, 's', 0, 'R', 0, 'joined', 0, 'n', 0, 'since', string.format('%.0f', now))
            redis.call('PEXPIRE', key, ARGV[2])
            redis.call('HSET', key, 'n', redis.call('PUBLISH', ARGV[1], 'join ' .. key))
            return { 1, 0 }
        end
        if f[1] ~= 'building' then return { 0, tonumber(f[2]) } end
        if tonumber(f[3]) + 1500000 < now then
            redis.call('HSET', key, 'since', string.format('%.0f', now))
            return { 1, tonumber(f[2]) }
        end
        return { 2, tonumber(f[2]) }
        """);

    /// <summary>Sets what was spent as Postgres says, if nothing was added since it was asked. Arguments: how often the counter was changed
    /// before; spent; the snapshot → 1 when done.</summary>
    public static readonly RedisScript Fill = new("governor.fill", """
        local key = KEYS[1]
        local f = redis.call('HMGET', key, 'v', 'st')
        if f[1] ~= ARGV[1] then return 0 end
        redis.call('HSET', key, 's', ARGV[2], 'snap', ARGV[3])
        redis.call('HINCRBY', key, 'v', 1)
        if f[2] == 'building' then redis.call('HSET', key, 'st', 'joining') end
        return 1
        """);

    /// <summary>How often a counter was changed; -1 where there is none.</summary>
    public static readonly RedisScript Version = new("governor.version", "return tonumber(redis.call('HGET', KEYS[1], 'v') or '-1')");

    /// <summary>A process says what its open calls hold of a counter. Arguments: the process; its joining's number, higher each time; nano-dollars;
    /// microseconds until it is given up when silent → 0 no counter, 1 joined, 2 there is a newer joining.</summary>
    public static readonly RedisScript Join = new("governor.join", Now + """
        local key, process = KEYS[1], ARGV[1]
        local f = redis.call('HMGET', key, 'st', 'i:' .. process, 'r:' .. process)
        if not f[1] then return 0 end
        if f[2] and tonumber(f[2]) >= tonumber(ARGV[2]) then return 2 end
        if not f[2] then redis.call('HINCRBY', key, 'joined', 1) end
        redis.call('HINCRBY', key, 'R', ARGV[3])
        redis.call('HINCRBY', key, 'R', less(f[3] or '0'))
        redis.call('HSET', key, 'i:' .. process, ARGV[2], 'r:' .. process, ARGV[3], 'e:' .. process, string.format('%.0f', now + tonumber(ARGV[4])))
        return 1
        """);

    /// <summary>A dead process's calls are all recorded: frees whatever it held. Keys: counters. Argument: the process.</summary>
    public static readonly RedisScript Leave = new("governor.leave", Less + """
        for _, key in ipairs(KEYS) do
            local held = redis.call('HGET', key, 'r:' .. ARGV[1])
            if held then
                redis.call('HINCRBY', key, 'R', less(held))
                redis.call('HDEL', key, 'r:' .. ARGV[1], 'i:' .. ARGV[1], 'e:' .. ARGV[1])
            end
        end
        return 0
        """);
}
