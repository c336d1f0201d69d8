using AiSaas.Core.Gateway.Budgets;
using Npgsql;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Limits and budgets while Redis is away: by this replica's own buckets, by what Postgres says was spent, and by what this replica's
/// open calls hold. Other replicas' open calls are not known then.</summary>
internal sealed class LocalAdmission(BudgetCounters counters, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <returns>A refusal, or what was granted.</returns>
    public async ValueTask<(CallAdmission.Refused? Refused, long Granted, LimitHeaders Limits)> AskAsync(CallAsked asked, CancellationToken cancellation)
    {
        var (account, plan, lines) = (asked.Account, asked.Plan, asked.Lines);
        long[] spent = new long[lines.Length];
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            deadline.CancelAfter(Patience);
            for (int i = 0; i < lines.Length; i++)
            {
                spent[i] = await counters.KnownSpentAsync(account, lines[i], deadline.Token);
            }
        }
        catch (Exception failure) when (
            failure is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (Refusals.Unknown(), 0, default);
        }

        lock (account.Gate)
        {
            return Ask_NeedsLock(asked, spent);
        }
    }

    private (CallAdmission.Refused? Refused, long Granted, LimitHeaders Limits) Ask_NeedsLock(CallAsked asked, long[] spent)
    {
        var (account, plan, lines, need) = (asked.Account, asked.Plan, asked.Lines, asked.Need);
        long now = (long)clock.GetElapsedTime(0).TotalMicroseconds;
        Span<long> lates = stackalloc long[8];
        for (int i = 0; i < plan.Limits.Length; i++)
        {
            lates[i] = account.Local.Late(plan.Limits[i], now);
        }

        for (int i = 0; i < plan.Limits.Length; i++)
        {
            long take = Math.Min(plan.Limits[i].Take(plan.Limits[i].IsTokens ? need.Tokens : 1), Limits.RateLimit.Holds);
            if (lates[i] + take > Limits.RateLimit.Holds)
            {
                return (Refusals.Limited(plan.Limits[i], lates[i] + take - Limits.RateLimit.Holds, asked.Headers(lates)), 0, default);
            }
        }

        long granted = need.Wanted;
        for (int i = 0; i < lines.Length; i++)
        {
            long left = plan.Caps[i] - spent[i] - lines[i].Held;
            if (left < granted)
            {
                if (need.Least is not { } least || left < least)
                {
                    return (Refusals.Spent(asked, i, asked.Headers(lates)), 0, default);
                }

                granted = left;
            }
        }

        for (int i = 0; i < plan.Limits.Length; i++)
        {
            account.Local.Take(plan.Limits[i], plan.Limits[i].Take(plan.Limits[i].IsTokens ? need.Tokens : 1), now);
            lates[i] = account.Local.Late(plan.Limits[i], now);
        }

        foreach (var line in lines)
        {
            // Redis has not heard of this: whoever asks it next says so first.
            line.Held += granted;
            counters.Distrust(line);
        }

        return (null, granted, asked.Headers(lates));
    }
}
