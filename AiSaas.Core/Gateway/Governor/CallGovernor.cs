using System.Diagnostics;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Redis;
using Npgsql;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Says whether a call may be made: limits and budgets, in one round trip, before anything is sent.</summary>
public sealed class CallGovernor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private const int LowMilliseconds = 5;

    /// <summary>So often a call waits for what others ask ahead before it asks for itself.</summary>
    private const int MostTurns = 4;

    private readonly TenantAccounts _accounts;
    private readonly BudgetCounters _counters;
    private readonly BudgetSettler _settler;
    private readonly RedisPresence _redis;
    private readonly LocalAdmission _local;
    private readonly Advances _advances;
    private readonly CallFiling _filing;
    private readonly BudgetOptions _options;
    private readonly TimeProvider _clock;

    internal CallGovernor(
        TenantAccounts accounts, BudgetCounters counters, BudgetSettler settler, RedisPresence redis, LocalAdmission local, Advances advances,
        CallFiling filing, BudgetOptions options, TimeProvider clock)
    {
        (_accounts, _counters, _settler, _redis) = (accounts, counters, settler, redis);
        (_local, _advances, _filing, _options, _clock) = (local, advances, filing, options, clock);
    }

    /// <summary>Reserves what the call may cost at the most, in every budget that it falls under, and counts it against every limit.</summary>
    /// <remarks>Never throws for a broken dependency; without Redis it goes by what this replica knows.</remarks>
    public async ValueTask<CallAdmission> AdmitAsync(CallIntent intent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(intent);
        if (!_filing.HasRoom)
        {
            return Refusals.LedgerFull();
        }

        if (await _accounts.OfAsync(intent.Caller.Tenant) is not { } account)
        {
            return Refusals.Unknown();
        }

        var at = _clock.GetUtcNow();
        var plan = account.PlanOf(CallerKey.Of(intent.Caller), at);
        var need = CallNeed.Of(intent, account, _options);
        CallAsked asked = new(intent, account, plan, need, at);
        if (plan.Limits.Length == 0 && (plan.Lines.Length == 0 || need.Wanted == 0))
        {
            return Admitted(asked, need.Wanted, default);
        }

        if (_advances.TryTake(asked, out var ahead))
        {
            return Admitted(asked, need.Wanted, ahead);
        }

        // A budget is asked about even where Redis was slow a moment ago: alone, a replica would grant what another has granted already.
        bool isShared = asked.Lines.Length > 0 && _redis.IsConnected;
        try
        {
            if (isShared || !_redis.IsAway)
            {
                if (await AskAheadAsync(asked) is { } early)
                {
                    return early;
                }

                return await AskAsync(asked, cancellation);
            }
        }
        catch (RedisUnavailableException) when (asked.Lines.Length == 0 || !_redis.IsConnected)
        {
            // Told by whoever found out first; from here on this replica decides alone.
            Activity.Current?.AddEvent(new ActivityEvent("limits and budgets without redis"));
        }
        catch (RedisUnavailableException)
        {
            return Refusals.Unknown();
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or TimeoutException && !cancellation.IsCancellationRequested)
        {
            return Refusals.Unknown();
        }

        return await _local.AskAsync(asked, cancellation) switch
        {
            (null, var granted, var limits) => Admitted(asked, granted, limits),
            var (refused, _, _) => refused,
        };
    }

    private async ValueTask<CallAdmission> AskAsync(CallAsked asked, CancellationToken cancellation)
    {
        long start = _clock.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            AdmitReply reply;
            try
            {
                foreach (var line in asked.Lines)
                {
                    if (!line.IsJoined)
                    {
                        await _counters.ReadyAsync(asked.Account, line);
                    }
                }

                reply = await AskInTurnAsync(asked);
            }
            catch (RedisUnavailableException) when (asked.Lines.Length > 0 && _redis.IsConnected && _clock.GetElapsedTime(start) < Patience)
            {
                // Slow, not away: what came of the question is set right by the next joining.
                await Task.Delay(Pause, _clock, cancellation);
                continue;
            }

            switch (reply.Code)
            {
                case AdmitCode.Granted:
                    _advances.Note(asked, reply.Room, reply.Limits);
                    return Admitted(asked, reply.Amount, reply.Limits);
                case AdmitCode.Limited:
                    return Refusals.Limited(asked.Plan.Limits[reply.Number], reply.Amount, reply.Limits);
                case AdmitCode.Spent:
                    return Refusals.Spent(asked, reply.Number, reply.Limits);
            }

            if (_clock.GetElapsedTime(start) > Patience)
            {
                throw new RedisUnavailableException(GovernorScripts.Admit.Name, new TimeoutException("A budget's counter did not get ready."));
            }

            if (reply.Code == AdmitCode.NotReady && reply.Amount == 1)
            {
                await Task.Delay(Pause, _clock, cancellation);
            }
        }
    }

    // Null where that can't be done, or wasn't granted: then the call asks for itself.
    private async ValueTask<CallAdmission?> AskAheadAsync(CallAsked asked)
    {
        var (calls, another) = _advances.Begin(asked);
        for (int turn = 0; another is not null && turn < MostTurns; turn++)
        {
            await another;
            if (_advances.TryTake(asked, out var ahead))
            {
                return Admitted(asked, asked.Need.Wanted, ahead);
            }

            (calls, another) = _advances.Begin(asked);
        }

        if (calls == 1 || another is not null)
        {
            return null;
        }

        AdmitReply reply = default;
        int granted = 0;
        try
        {
            if (asked.Lines.All(line => line.IsJoined))
            {
                reply = await AskInTurnAsync(asked.Times(calls));
                granted = reply.Code == AdmitCode.Granted ? calls : 0;
            }
        }
        catch (RedisUnavailableException)
        {
            Activity.Current?.AddEvent(new ActivityEvent("nothing granted ahead"));
        }
        finally
        {
            _advances.End(asked, granted, reply.Room, reply.Limits);
        }

        return granted > 0 ? Admitted(asked, asked.Need.Wanted, reply.Limits) : null;
    }

    private async ValueTask<AdmitReply> AskInTurnAsync(CallAsked asked)
    {
        await _redis.EnterAsync(GovernorScripts.Admit.Name);
        try
        {
            return KnownLow(asked) is { } number ? new(AdmitCode.Spent, number, 0, default) : await AskOnceAsync(asked);
        }
        finally
        {
            _redis.Leave();
        }
    }

    // The number of a budget that a moment ago had too little left for this.
    private int? KnownLow(CallAsked asked)
    {
        for (int i = 0; i < asked.Lines.Length; i++)
        {
            if (asked.Lines[i] is var line && line.LowUntil != 0 && _clock.GetTimestamp() < line.LowUntil && line.LowLeft < (asked.Need.Least ?? asked.Need.Wanted))
            {
                return i;
            }
        }

        return null;
    }

    private async ValueTask<AdmitReply> AskOnceAsync(CallAsked asked)
    {
        var (account, lines, wanted) = (asked.Account, asked.Lines, asked.Need.Wanted);
        RedisValue[] arguments = asked.Arguments(_counters.Process);
        long[] joinings = lines.Length == 0 ? [] : new long[lines.Length];
        int first = arguments.Length - 1 - (2 * lines.Length);
        lock (account.Gate)
        {
            for (int i = 0; i < lines.Length; i++)
            {
                // Held from here on: a joining that overtakes the question counts it, should the answer be yes.
                lines[i].Held += wanted;
                joinings[i] = lines[i].Joining;
                arguments[first + (2 * i)] = joinings[i];
            }
        }

        AdmitReply reply;
        try
        {
            // Not the caller's cancellation: an answer that nobody reads would be held by nobody.
            reply = AdmitReply.Read(asked, await _redis.RunAsync(GovernorScripts.Admit, asked.Keys, arguments, CancellationToken.None));
        }
        catch (RedisUnavailableException)
        {
            lock (account.Gate)
            {
                foreach (var line in lines)
                {
                    line.Held -= wanted;
                    _counters.Distrust(line);
                }
            }

            throw;
        }

        long granted = reply.Code == AdmitCode.Granted ? reply.Amount : 0;
        if (granted < wanted)
        {
            GiveBack(account, lines, joinings, wanted - granted);
        }

        if (reply.Code == AdmitCode.Spent)
        {
            var line = lines[reply.Number];
            (line.LowLeft, line.LowUntil) = (reply.Amount, _clock.GetTimestamp() + (_clock.TimestampFrequency * LowMilliseconds / 1_000));
        }

        if (reply.Code is AdmitCode.NotJoined || (reply.Code is AdmitCode.NotReady && reply.Amount == 0))
        {
            lock (account.Gate)
            {
                var line = lines[reply.Number];
                line.IsJoined &= line.Joining != joinings[reply.Number];
            }
        }

        return reply;
    }

    private void GiveBack(TenantAccount account, BudgetLine[] lines, long[] joinings, long nanos)
    {
        bool counted = false;
        lock (account.Gate)
        {
            for (int i = 0; i < lines.Length; i++)
            {
                lines[i].Held -= nanos;
                if (lines[i].Joining != joinings[i])
                {
                    // A joining went by in between and counted it.
                    lines[i].ToFree += nanos;
                    counted = true;
                }
            }
        }

        if (counted)
        {
            _settler.Touch(account);
        }
    }

    private CallAdmission.Admitted Admitted(CallAsked asked, long granted, LimitHeaders limits)
    {
        long? bound = granted < asked.Need.Wanted
            ? asked.Need.OutputFor(granted, asked.Intent, asked.Account.Policy!.Prices)
            : null;
        Reservation held = new(asked.Account, asked.Plan, asked.At, asked.Lines.Length == 0 ? 0 : granted, asked.Need.Tokens);
        return new(new CallTicket(_filing, asked.Intent, held, asked.Need, limits, bound));
    }
}
