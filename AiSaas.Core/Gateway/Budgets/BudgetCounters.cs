using AiSaas.Core.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Keeps the counters in Redis true to Postgres, and this process's part in them true to its open calls.</summary>
/// <remarks>
/// A counter that is missing (a new window, a Redis that was emptied) is opened in three steps: 1. it is made, and every process is told;
/// from here on what is settled is counted. 2. What was spent is read from Postgres and set, if nothing was added in between; else again.
/// 3. Every process says what its open calls hold; then, or after a moment, calls are admitted again.
/// Nothing that is sent to Redis is ever sent twice. Where the outcome of a step isn't known, spent is read again and this process joins anew,
/// under a higher number, after which nothing sent before it is taken for held any more.
/// </remarks>
internal sealed partial class BudgetCounters(
    RedisPresence redis, BudgetStore store, string process, BudgetOptions options, TimeProvider clock, ILogger<BudgetCounters> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // Replicas that missed a change of budgets hear of it by then: what they settled without knowing is in Postgres.
    private static readonly TimeSpan FirstCheck = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LaterChecks = TimeSpan.FromMinutes(5);

    // What never ends is kept while it is used.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(8);

    private long _joinings = clock.GetUtcNow().ToUnixTimeMilliseconds();

    public string Process => process;

    /// <summary>Microseconds after which a silent process's part is given up.</summary>
    public long Lease => options.LeaseSeconds * 1_000_000L;

    /// <summary>Until this process's part of the counter is in place.</summary>
    /// <exception cref="RedisUnavailableException"/>
    /// <exception cref="Npgsql.NpgsqlException">What was spent can't be read.</exception>
    public Task ReadyAsync(TenantAccount account, BudgetLine line)
    {
        lock (account.Gate)
        {
            return line.IsJoined ? Task.CompletedTask : line.Opening ??= Task.Run(() => OpenAsync(account, line));
        }
    }

    /// <summary>Says anew what this process holds. To be called when others ask for it, or when the outcome of a step isn't known.</summary>
    public async Task JoinAsync(TenantAccount account, BudgetLine line)
    {
        long held, joining;
        lock (account.Gate)
        {
            joining = Distrust(line);
            held = line.Held;
        }

        var joined = await redis.RunAsync(
            GovernorScripts.Join, [line.Counter], [process, joining, held, Lease], CancellationToken.None);
        lock (account.Gate)
        {
            if (line.Joining == joining)
            {
                line.IsJoined = (int)joined == 1;
                line.LastHeard = clock.GetTimestamp();
            }
        }
    }

    /// <summary>A process that has no calls under a counter answers too, so that nobody waits for it.</summary>
    public async Task JoinEmptyAsync(string counter) =>
        await redis.RunAsync(GovernorScripts.Join, [counter], [process, Interlocked.Increment(ref _joinings), 0, Lease], CancellationToken.None);

    /// <summary>Under the account's lock: whatever Redis does with what was sent so far, the next joining sets it right.</summary>
    /// <returns>The number of the next joining.</returns>
    public long Distrust(BudgetLine line)
    {
        line.Joining = Interlocked.Increment(ref _joinings);
        line.IsJoined = false;
        line.ToFree = 0;
        return line.Joining;
    }

    /// <summary>Compares the counter with Postgres; used now and then, whatever went wrong.</summary>
    public async Task CheckAsync(TenantAccount account, BudgetLine line)
    {
        line.NextCheck = After(LaterChecks);
        var (_, version) = await OpenAsync(line);
        if (await FillAsync(account, line, version) && !line.IsJoined)
        {
            await JoinAsync(account, line);
        }
    }

    /// <summary>The calls of a dead process are in Postgres: counters are read from there again, and lose what it held.</summary>
    public async Task LeaveAsync(Tenancy.TenantId tenant, IEnumerable<BudgetLine> lines, string dead, CancellationToken cancellation)
    {
        try
        {
            foreach (var line in lines)
            {
                bool isTrue = false;
                for (int tries = 0; !isTrue && tries < 100; tries++)
                {
                    // One that doesn't exist needs nothing: whoever makes it reads it from Postgres.
                    long version = (long)await redis.RunAsync(GovernorScripts.Version, [line.Counter], [], cancellation);
                    isTrue = version < 0 || await FillAsync(tenant, line, version);
                }

                await redis.RunAsync(GovernorScripts.Leave, [line.Counter], [dead], cancellation);
            }
        }
        catch (RedisUnavailableException failure)
        {
            // What the dead process held expires; what it spent is read with the next opening.
            Log.NotOpened(logger, tenant.ToString(), failure.Message);
        }
    }

    /// <summary>What Postgres says was spent, for when Redis is away; remembered for a second.</summary>
    public async Task<long> KnownSpentAsync(TenantAccount account, BudgetLine line, CancellationToken cancellation)
    {
        lock (account.Gate)
        {
            if (line.KnownSpent is { } known && clock.GetElapsedTime(line.KnownAt) < TimeSpan.FromSeconds(1))
            {
                return known + line.SpentSince;
            }
        }

        await ReadSpentAsync(account, line, cancellation);
        lock (account.Gate)
        {
            return line.KnownSpent!.Value + line.SpentSince;
        }
    }

    private async Task OpenAsync(TenantAccount account, BudgetLine line)
    {
        try
        {
            long start = clock.GetTimestamp();
            while (clock.GetElapsedTime(start) < Patience)
            {
                var (state, version) = await OpenAsync(line);
                if (state == CounterState.ToFill || line.MustRead)
                {
                    if (!await FillAsync(account, line, version))
                    {
                        continue;
                    }

                    line.MustRead = false;
                    line.NextCheck = After(FirstCheck);
                }

                await JoinAsync(account, line);
                if (line.IsJoined)
                {
                    return;
                }

                await Task.Delay(Pause, clock, CancellationToken.None);
            }

            throw new RedisUnavailableException("governor.open", new TimeoutException($"{line.Counter} did not open."));
        }
        catch (Exception failure)
        {
            Log.NotOpened(logger, line.Counter, failure.Message);
            throw;
        }
        finally
        {
            lock (account.Gate)
            {
                line.Opening = null;
            }
        }
    }

    private async Task<(CounterState State, long Version)> OpenAsync(BudgetLine line)
    {
        // A window's counter outlives it, since its calls may end later.
        var kept = line.Window.End is { } end ? end - clock.GetUtcNow() + TimeSpan.FromDays(1) : Kept;
        var opened = (RedisResult[])(await redis.RunAsync(
            GovernorScripts.Open, [line.Counter],
            [GovernorKeys.Channel, Math.Max(3_600_000, (long)kept.TotalMilliseconds)], CancellationToken.None))!;
        return ((CounterState)(int)opened[0], (long)opened[1]);
    }

    /// <returns>False when calls were settled meanwhile: ask again.</returns>
    private async Task<bool> FillAsync(TenantAccount account, BudgetLine line, long version)
    {
        using CancellationTokenSource deadline = new(Patience, clock);
        return await FillAsync(line, version, await ReadSpentAsync(account, line, deadline.Token));
    }

    private async Task<bool> FillAsync(Tenancy.TenantId tenant, BudgetLine line, long version)
    {
        using CancellationTokenSource deadline = new(Patience, clock);
        return await FillAsync(line, version, await store.SpentAsync(tenant, line.Scope, line.Subject, line.Window, deadline.Token));
    }

    private async Task<bool> FillAsync(BudgetLine line, long version, SpentReading spent) => (int)await redis.RunAsync(
        GovernorScripts.Fill, [line.Counter], [version, spent.Nanos, spent.Snapshot], CancellationToken.None) == 1;

    private async Task<SpentReading> ReadSpentAsync(TenantAccount account, BudgetLine line, CancellationToken cancellation)
    {
        long before;
        lock (account.Gate)
        {
            before = line.SpentSince;
        }

        var spent = await store.SpentAsync(account.Tenant, line.Scope, line.Subject, line.Window, cancellation);
        lock (account.Gate)
        {
            // What was recorded before the reading is in it; what was recorded during it may count twice, never not at all.
            (line.KnownSpent, line.KnownAt) = (spent.Nanos, clock.GetTimestamp());
            line.SpentSince = Math.Max(0, line.SpentSince - before);
        }

        return spent;
    }

    private long After(TimeSpan span) => clock.GetTimestamp() + (long)(span.TotalSeconds * clock.TimestampFrequency);

    private enum CounterState
    {
        Ready,
        ToFill,
        BeingFilled,
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The budget counter {Counter} could not be opened: {Reason}")]
        public static partial void NotOpened(ILogger logger, string counter, string reason);
    }
}
