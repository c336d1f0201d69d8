using AiSaas.Core.Gateway.Limits;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Who calls, as far as limits and budgets tell callers apart.</summary>
internal readonly record struct CallerKey(Identity.UserId User, Identity.ApiKeyId? Key, long? KeyBudget, string? EndUser, string Feature)
{
    public static CallerKey Of(GatewayCaller caller) => new(caller.User, caller.Key, caller.KeyBudgetNanos, caller.EndUser, caller.Feature);
}

/// <summary>The limits and blocking budgets that a caller's calls fall under, with their keys ready to be sent.</summary>
/// <param name="Policy">What it was made from.</param>
/// <param name="Limits">Requests first, then tokens.</param>
/// <param name="Lines">One per budget.</param>
/// <param name="Caps">Of the lines, in nano-dollars.</param>
/// <param name="LimitKeys">For calls that can't cost anything.</param>
/// <param name="AllKeys">Limits, then budgets.</param>
/// <param name="Until">When the first of the windows ends.</param>
internal sealed record CallerPlan(
    TenantPolicy Policy, CallerKey Caller, RateLimit[] Limits, BudgetLine[] Lines, long[] Caps, RedisKey[] LimitKeys, RedisKey[] AllKeys, DateTimeOffset Until);
