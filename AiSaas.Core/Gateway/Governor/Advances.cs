using System.Collections.Concurrent;
using AiSaas.Core.Gateway.Budgets;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>What busy callers were granted ahead of their calls, so that not every call has to ask Redis.</summary>
/// <remarks>
/// A caller that asks again and again is granted several calls at once (2, 4, … 256), in limits and budgets alike; the next calls take from
/// that in memory. What isn't used within a moment goes back. It is only done far from any limit and cap, where it can make nobody else
/// be refused: near them every call asks for itself. For Redis, and for whoever reads a counter anew, what is held ahead is held like any
/// open call: the cap holds whatever happens, and a process that dies takes no more with it than its open calls do.
/// </remarks>
internal sealed class Advances(BudgetSettler settler, TimeProvider clock)
{
    private const int MostCalls = 256;

    /// <summary>Ahead is granted only what all limits have this many times over, and all budgets.</summary>
    private const int LimitsLeft = 20;
    private const int BudgetsLeft = 50;

    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Unused = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<CallerPlan, Advance> _advances = new(ReferenceEqualityComparer.Instance);

    /// <summary>Takes one call out of what was granted ahead.</summary>
    /// <param name="asked">The call.</param>
    /// <param name="limits">As they stand.</param>
    public bool TryTake(CallAsked asked, out LimitHeaders limits)
    {
        limits = default;
        return _advances.TryGetValue(asked.Plan, out var advance) && advance.TryTake(asked.Need, out limits);
    }

    /// <summary>Begins to ask for calls ahead.</summary>
    /// <returns>For how many; 1 where it isn't worth it. A task where another call is just asking for the same caller.</returns>
    public (int Calls, Task? Another) Begin(CallAsked asked)
    {
        if (!_advances.TryGetValue(asked.Plan, out var advance))
        {
            return (1, null);
        }

        lock (advance)
        {
            if (advance.Asking is { } asking)
            {
                return (1, asking.Task);
            }

            var since = clock.GetElapsedTime(advance.GrantedAt);
            int calls = since < Busy ? Math.Min(MostCalls, advance.Size * 2) : since < Unused ? advance.Size : Math.Max(1, advance.Size / 2);
            while (calls > 1 && !advance.Affords(asked.Need, calls))
            {
                calls /= 2;
            }

            advance.Size = calls;
            if (calls > 1)
            {
                advance.Asking = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return (calls, null);
        }
    }

    /// <summary>The asking is over; what was granted beyond the call itself is kept for the next ones.</summary>
    /// <param name="one">The call.</param>
    /// <param name="calls">Granted, itself included; 0 if none were.</param>
    /// <param name="room">Left in the tightest budget before it was granted.</param>
    /// <param name="limits">As they stand after it.</param>
    public void End(CallAsked one, int calls, long room, LimitHeaders limits)
    {
        var advance = _advances.GetOrAdd(one.Plan, static _ => new());
        TaskCompletionSource? asking;
        lock (advance)
        {
            asking = advance.Asking;
            advance.Asking = null;
            advance.Account = one.Account;
            if (calls == 0)
            {
                advance.Size = 1;
            }
            else
            {
                advance.Keep(one.Need, calls - 1, room, limits, clock.GetTimestamp());
            }
        }

        asking?.TrySetResult();
    }

    /// <summary>One call was granted by itself: learns how far limits and caps are.</summary>
    public void Note(CallAsked asked, long room, LimitHeaders limits)
    {
        var advance = _advances.GetOrAdd(asked.Plan, static _ => new());
        lock (advance)
        {
            advance.Account = asked.Account;
            advance.Learn(room, limits, clock.GetTimestamp());
        }
    }

    /// <summary>Gives back what was not used in time.</summary>
    /// <param name="all">Whatever its age: the process ends.</param>
    public void ReturnUnused(bool all)
    {
        foreach (var (plan, advance) in _advances)
        {
            lock (advance)
            {
                if (!all && clock.GetElapsedTime(advance.GrantedAt) < Unused)
                {
                    continue;
                }

                var (nanos, tokens) = advance.TakeAll();
                if (nanos > 0 || tokens > 0)
                {
                    settler.Released(new(advance.Account!, plan, clock.GetUtcNow(), nanos, tokens), -tokens);
                }

                if (advance.Asking is null)
                {
                    _advances.TryRemove(plan, out _);
                }
            }
        }
    }

    private sealed class Advance
    {
        private long _nanos;
        private long _tokens;
        private long _room;
        private LimitHeaders _limits;

        public TenantAccount? Account { get; set; }

        public int Requests { get; private set; }

        public int Size { get; set; } = 1;

        public long GrantedAt { get; private set; }

        public TaskCompletionSource? Asking { get; set; }

        public bool Affords(in CallNeed need, int calls) =>
            (_limits.RequestLimit == 0 || _limits.RequestsLeft >= LimitsLeft * calls)
            && (_limits.TokenLimit == 0 || _limits.TokensLeft >= (Int128)LimitsLeft * calls * need.Tokens)
            && (need.Wanted == 0 || _room >= (Int128)BudgetsLeft * calls * need.Wanted);

        public bool TryTake(in CallNeed need, out LimitHeaders limits)
        {
            lock (this)
            {
                limits = _limits with { RequestsLeft = _limits.RequestsLeft + Requests };
                if (Requests == 0 || _tokens < need.Tokens || _nanos < need.Wanted)
                {
                    return false;
                }

                Requests--;
                _tokens -= need.Tokens;
                _nanos -= need.Wanted;
                return true;
            }
        }

        public void Keep(in CallNeed need, int calls, long room, LimitHeaders limits, long now)
        {
            Requests += calls;
            _tokens += need.Tokens * calls;
            _nanos += need.Wanted * calls;
            Learn(room, limits, now);
        }

        public void Learn(long room, LimitHeaders limits, long now) => (_room, _limits, GrantedAt) = (room, limits, now);

        public (long Nanos, long Tokens) TakeAll()
        {
            var held = (_nanos, _tokens);
            (Requests, _nanos, _tokens) = (0, 0, 0);
            return held;
        }
    }
}
