namespace AiSaas.Contracts.Usage;

/// <summary>GET <c>/api/usage</c>: what calls of models used and cost, summed up.</summary>
/// <param name="From">To the hour, included.</param>
/// <param name="To">To the hour, not included.</param>
/// <param name="GroupBy">tenant, user, key, feature, model, provider or day.</param>
public sealed record UsageReport(DateTimeOffset From, DateTimeOffset To, string GroupBy, IReadOnlyList<UsageRow> Rows, UsageRow Total);

/// <param name="Group">What the row sums up: an id, a name, a day (<c>2026-11-21</c>); empty for calls without it.</param>
/// <param name="Label">What people call it, where that differs: a person's address, a key's name.</param>
/// <param name="Tokens">In and out.</param>
/// <param name="CachedTokens">Of the input: read from the provider's prompt cache.</param>
/// <param name="Estimated">Calls whose tokens were counted here, since the provider gave none.</param>
/// <param name="Unpriced">Calls of models that no price is known of; they cost 0 here.</param>
/// <param name="Cost">USD with nine places.</param>
/// <param name="Saved">USD with nine places: by answers from a cache, and by the provider's prompt cache.</param>
public sealed record UsageRow(
    string Group, string? Label, long Calls, long Failed, long CacheHits, long Tokens, long InputTokens, long OutputTokens,
    long CachedTokens, long CacheWriteTokens, long ReasoningTokens, long Estimated, long Unpriced, string Cost, string Saved);

/// <summary>PUT <c>/api/budgets</c>: sets the budget of a scope and period.</summary>
/// <param name="Scope"><c>tenant</c>, <c>key:{id}</c>, <c>user:{id or label}</c> or <c>feature:{name}</c>.</param>
/// <param name="LimitUsd">A number or a decimal string, up to nine places.</param>
/// <param name="Period">day, week (from Monday), month or total; UTC.</param>
/// <param name="Action">block (calls that could exceed it are refused) or warn (it is only shown).</param>
public sealed record PutBudgetRequest(string Scope, decimal? LimitUsd, string? Period = null, string? Action = null);

/// <summary>A budget and how it stands. Amounts are USD with nine places.</summary>
/// <param name="Spent">By calls of the current period that have ended.</param>
/// <param name="Reserved">By calls that run.</param>
/// <param name="Left">Less than 0 where answers turned out longer than anyone could foresee, or the limit was lowered.</param>
/// <param name="EndsAt">Null for a budget that never starts anew.</param>
/// <param name="State">ok, low (under a tenth is left) or spent.</param>
public sealed record BudgetInfo(
    Guid Id, string Scope, string LimitUsd, string Period, string Action, string Spent, string Reserved, string Left, string State,
    DateTimeOffset StartsAt, DateTimeOffset? EndsAt, DateTimeOffset UpdatedAt);
