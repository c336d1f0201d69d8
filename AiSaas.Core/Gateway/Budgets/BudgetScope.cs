namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Whose spending a budget caps.</summary>
public enum BudgetScope
{
    Tenant,
    Key,
    User,
    Feature,
}

/// <summary>How often a budget starts anew, in UTC. Weeks begin on Mondays.</summary>
public enum BudgetPeriod
{
    Day,
    Week,
    Month,
    Total,
}

public enum BudgetAction
{
    /// <summary>Calls that could exceed it are refused.</summary>
    Block,

    /// <summary>It is only shown.</summary>
    Warn,
}

/// <param name="Subject">The key's id, the user's id or label, the feature's name; empty for the workspace.</param>
public sealed record Budget(
    BudgetId Id, BudgetScope Scope, string Subject, BudgetPeriod Period, long LimitNanos, BudgetAction Action, DateTimeOffset UpdatedAt)
{
    /// <param name="key">The call's key; null for none.</param>
    /// <param name="user">The user's id, or the label of the caller's own end user.</param>
    /// <param name="feature">What the call is for.</param>
    public bool Covers(string? key, string user, string feature) => Scope switch
    {
        BudgetScope.Tenant => true,
        BudgetScope.Key => Subject == key,
        BudgetScope.User => Subject == user,
        _ => Subject == feature,
    };
}

/// <param name="End">Null where it never ends.</param>
public readonly record struct BudgetWindow(DateTimeOffset Start, DateTimeOffset? End)
{
    /// <summary>The window of a call that is admitted at this time. Windows begin on the hour, so that hourly sums add up to them.</summary>
    public static BudgetWindow Of(BudgetPeriod period, DateTimeOffset at)
    {
        DateTimeOffset day = new(at.UtcDateTime.Date, TimeSpan.Zero);
        DateTimeOffset month = new(day.Year, day.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var monday = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
        return period switch
        {
            BudgetPeriod.Day => new(day, day.AddDays(1)),
            BudgetPeriod.Week => new(monday, monday.AddDays(7)),
            BudgetPeriod.Month => new(month, month.AddMonths(1)),
            _ => new(DateTimeOffset.UnixEpoch, null),
        };
    }
}

/// <summary>The names that the database and the api use.</summary>
public static class BudgetNames
{
    public static string Name(this BudgetScope scope) => scope switch
    {
        BudgetScope.Tenant => "tenant",
        BudgetScope.Key => "key",
        BudgetScope.User => "user",
        _ => "feature",
    };

    public static string Name(this BudgetPeriod period) => period switch
    {
        BudgetPeriod.Day => "day",
        BudgetPeriod.Week => "week",
        BudgetPeriod.Month => "month",
        _ => "total",
    };

    public static string Name(this BudgetAction action) => action == BudgetAction.Block ? "block" : "warn";

    public static BudgetScope? Scope(string name) => Find<BudgetScope>(name, Name);

    public static BudgetPeriod? Period(string name) => Find<BudgetPeriod>(name, Name);

    public static BudgetAction? Action(string name) => Find<BudgetAction>(name, Name);

    private static T? Find<T>(string name, Func<T, string> named)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (named(value).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }
}
