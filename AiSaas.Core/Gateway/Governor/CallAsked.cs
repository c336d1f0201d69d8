using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Limits;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>A call whose admission is being decided.</summary>
internal sealed record CallAsked(CallIntent Intent, TenantAccount Account, CallerPlan Plan, CallNeed Need, DateTimeOffset At)
{
    /// <summary>How many such calls are asked for at once.</summary>
    public int Calls { get; private init; } = 1;

    /// <summary>The same, so many times over, all or none.</summary>
    public CallAsked Times(int calls) => this with
    {
        Calls = calls,
        Need = Need with { Wanted = Need.Wanted * calls, Least = null, Tokens = Need.Tokens * calls },
    };

    /// <summary>None where the call can't cost anything: a free call is no matter of budgets, spent or not.</summary>
    public BudgetLine[] Lines => Need.Wanted == 0 ? [] : Plan.Lines;

    public RedisKey[] Keys => Need.Wanted == 0 ? Plan.LimitKeys : Plan.AllKeys;

    /// <summary>The script's arguments; the joinings are left to fill in.</summary>
    public RedisValue[] Arguments(string process)
    {
        var (limits, lines) = (Plan.Limits, Lines);
        var arguments = new RedisValue[4 + (2 * limits.Length) + (2 * lines.Length) + 1];
        arguments[0] = limits.Length;
        arguments[1] = Need.Wanted;
        arguments[2] = Need.Least ?? -1;
        arguments[3] = process;
        int at = 4;
        foreach (var limit in limits)
        {
            arguments[at++] = limit.Take(limit.IsTokens ? Need.Tokens : Calls);
            arguments[at++] = RateLimit.Holds;
        }

        for (int i = 0; i < lines.Length; i++)
        {
            at++;
            arguments[at++] = Plan.Caps[i];
        }

        arguments[at] = GovernorScripts.GraceMilliseconds * 1_000;
        return arguments;
    }

    /// <param name="lates">How far from full each limit is, in microseconds.</param>
    public LimitHeaders Headers(ReadOnlySpan<long> lates)
    {
        var (requests, tokens) = (-1, -1);
        for (int i = 0; i < Plan.Limits.Length; i++)
        {
            ref int tightest = ref Plan.Limits[i].IsTokens ? ref tokens : ref requests;
            if (tightest < 0 || Plan.Limits[i].Left(lates[i]) < Plan.Limits[tightest].Left(lates[tightest]))
            {
                tightest = i;
            }
        }

        return new(
            requests < 0 ? 0 : Plan.Limits[requests].PerMinute, requests < 0 ? 0 : Plan.Limits[requests].Left(lates[requests]),
            requests < 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(lates[requests]),
            tokens < 0 ? 0 : Plan.Limits[tokens].PerMinute, tokens < 0 ? 0 : Plan.Limits[tokens].Left(lates[tokens]),
            tokens < 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(lates[tokens]));
    }
}

internal enum AdmitCode
{
    Granted,
    Limited,
    Spent,
    NotReady,
    NotJoined,
}

/// <param name="Number">Of the limit or the budget.</param>
/// <param name="Amount">Granted or left, in nano-dollars; or the wait, in microseconds.</param>
/// <param name="Room">Left in the tightest budget before all that was wanted was granted; the most there is where none covers the call.</param>
internal readonly record struct AdmitReply(AdmitCode Code, int Number, long Amount, LimitHeaders Limits, long Room = 0)
{
    public static AdmitReply Read(CallAsked asked, RedisResult result)
    {
        var reply = (RedisResult[])result!;
        Span<long> lates = stackalloc long[8];
        for (int i = 0; i < asked.Plan.Limits.Length && i < reply.Length - 3; i++)
        {
            lates[i] = (long)reply[3 + i];
        }

        var limits = asked.Headers(lates);
        var (code, second, third) = ((AdmitCode)(int)reply[0], (long)reply[1], (long)reply[2]);
        return code == AdmitCode.Granted
            ? third == 1 ? new(code, 0, second, limits) : new(code, 0, asked.Need.Wanted, limits, asked.Lines.Length == 0 ? long.MaxValue : second)
            : new(code, (int)second - 1, third, limits);
    }
}
