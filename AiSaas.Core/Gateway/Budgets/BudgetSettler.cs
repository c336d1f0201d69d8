using AiSaas.Core.Gateway.Ledger;
using AiSaas.Core.Gateway.Limits;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Tells the budgets in Redis what became of calls: those that Postgres has, summed up by workspace, and those that were never made.</summary>
/// <remarks>Sent once. Should it fail, nothing is lost: the counters are read from Postgres again before they are next relied upon.</remarks>
internal sealed partial class BudgetSettler(
    RedisPresence redis, BudgetCounters counters, CallJournal journal, TimeProvider clock, ILogger<BudgetSettler> logger) : BackgroundService
{
    private const int AtOnce = 64;

    private readonly Lock _gate = new();
    private readonly Bell _bell = new(clock);
    private readonly SemaphoreSlim _settling = new(1, 1);
    private Queue<Work> _waiting = [];

    /// <summary>These are in Postgres, written by this transaction.</summary>
    public void Recorded(IReadOnlyList<SettledCall> calls, long transaction) => Add(new(calls, transaction));

    /// <summary>The call was not made.</summary>
    public void Released(Reservation held, long tokenDelta) => Add(new([new SettledCall(new JournalEntry(), held, 0, tokenDelta)], 0));

    /// <summary>Lines of the account have something to free.</summary>
    public void Touch(TenantAccount account) => Add(new([], 0) { Touched = account });

    /// <summary>Settles what waits now: for tests, and for the end.</summary>
    public async Task FlushAsync()
    {
        await _settling.WaitAsync();
        try
        {
            await SettleAllAsync();
        }
        finally
        {
            _settling.Release();
        }
    }

    public override void Dispose()
    {
        _settling.Dispose();
        base.Dispose();
    }

    private async Task SettleAllAsync()
    {
        Queue<Work> work;
        lock (_gate)
        {
            (work, _waiting) = (_waiting, []);
        }

        // What one transaction wrote stays apart from the next one's: counters tell them apart.
        foreach (var group in work.GroupBy(one => one.Transaction))
        {
            var sums = Sum(group);
            foreach (var chunk in sums.Chunk(AtOnce))
            {
                await Task.WhenAll(chunk.Select(one => SettleAsync(one.Key, one.Value, group.Key)));
            }

            // Only now: a process that dies in between leaves them in its journal, and whoever adopts that reads the budgets again.
            journal.Recorded(group.SelectMany(one => one.Calls).Select(call => call.Entry));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await _bell.WaitAsync(TimeSpan.FromSeconds(5), stoppingToken);
                await FlushAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await FlushAsync();
        }
    }

    private static Dictionary<TenantAccount, Sums> Sum(IEnumerable<Work> work)
    {
        Dictionary<TenantAccount, Sums> sums = [];
        foreach (var one in work)
        {
            if (one.Touched is { } touched)
            {
                Of(touched);
            }

            foreach (var call in one.Calls)
            {
                Of(call.Held.Account).Add(call);
            }
        }

        return sums;

        Sums Of(TenantAccount account)
        {
            if (!sums.TryGetValue(account, out var sum))
            {
                sums.Add(account, sum = new());
            }

            return sum;
        }
    }

    private async Task SettleAsync(TenantAccount account, Sums sums, long transaction)
    {
        List<RedisKey> keys = [];
        List<RedisValue> limits = [], budgets = [];
        List<BudgetLine> sent = [];
        foreach (var (limit, units) in sums.Limits)
        {
            keys.Add(limit.Key);
            limits.Add(units < 0 ? -limit.Take(-units) : limit.Take(units));
        }

        lock (account.Gate)
        {
            foreach (var line in account.Lines)
            {
                sums.Lines.TryGetValue(line, out var sum);
                line.Held -= sum.Held;
                line.SpentSince += sum.Cost;
                long free = sum.Held + line.ToFree;
                line.ToFree = 0;
                if (free == 0 && sum.Cost == 0)
                {
                    continue;
                }

                keys.Add(line.Counter);
                budgets.AddRange([line.Joining, -free, sum.Cost]);
                sent.Add(line);
            }
        }

        if (keys.Count == 0)
        {
            return;
        }

        try
        {
            if (redis.IsAway)
            {
                Forget(account, sent);
                return;
            }

            await redis.RunAsync(
                GovernorScripts.Settle, [.. keys],
                [limits.Count, counters.Process, transaction, counters.Lease, .. limits, .. budgets], CancellationToken.None);
            long now = clock.GetTimestamp();
            sent.ForEach(line => (line.LastHeard, line.LowUntil) = (now, 0));
        }
        catch (RedisUnavailableException failure)
        {
            Forget(account, sent);
            Log.NotSettled(logger, account.Tenant, failure.Message);
        }
    }

    // Postgres knows what these cost; the counters are read again from there.
    private void Forget(TenantAccount account, List<BudgetLine> lines)
    {
        lock (account.Gate)
        {
            foreach (var line in lines)
            {
                counters.Distrust(line);
                line.MustRead = true;
            }
        }
    }

    private void Add(Work work)
    {
        lock (_gate)
        {
            _waiting.Enqueue(work);
        }

        _bell.Ring();
    }

    private sealed record Work(IReadOnlyList<SettledCall> Calls, long Transaction)
    {
        public TenantAccount? Touched { get; init; }
    }

    private sealed class Sums
    {
        public Dictionary<BudgetLine, (long Held, long Cost)> Lines { get; } = [];

        public Dictionary<RateLimit, long> Limits { get; } = [];

        public void Add(in SettledCall call)
        {
            var (account, plan, at, nanos, _) = call.Held;
            if (nanos > 0)
            {
                foreach (var line in plan.Lines)
                {
                    var (held, cost) = Lines.GetValueOrDefault(line);
                    Lines[line] = (held + nanos, cost);
                }
            }

            if (call.CostNanos > 0)
            {
                // By the budgets of now: one that was set while the call ran has to count it too.
                foreach (var line in account.PlanAt(plan, at).Lines)
                {
                    var (held, cost) = Lines.GetValueOrDefault(line);
                    Lines[line] = (held, cost + call.CostNanos);
                }
            }

            if (call.TokenDelta != 0)
            {
                foreach (var limit in plan.Limits)
                {
                    if (limit.IsTokens)
                    {
                        Limits[limit] = Limits.GetValueOrDefault(limit) + call.TokenDelta;
                    }
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Redis did not hear what calls of {Tenant} cost; its budgets are read from Postgres again: {Reason}")]
        public static partial void NotSettled(ILogger logger, Tenancy.TenantId tenant, string reason);
    }
}
