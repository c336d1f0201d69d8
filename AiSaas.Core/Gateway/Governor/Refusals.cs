using System.Globalization;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Limits;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Refusals in words.</summary>
internal static class Refusals
{
    public static CallAdmission.Refused LedgerFull() => new(
        Refusal.Unavailable, "gateway:ledger-full", "The gateway can't file calls at the moment, so it makes none. Try again in a moment.",
        TimeSpan.FromSeconds(5), default);

    public static CallAdmission.Refused Unknown() => new(
        Refusal.Unavailable, "gateway:budget-unknown", "The gateway can't tell at the moment what may be spent, so it makes no calls. Try again in a moment.",
        TimeSpan.FromSeconds(2), default);

    /// <param name="wait">Microseconds.</param>
    public static CallAdmission.Refused Limited(RateLimit limit, long wait, LimitHeaders limits)
    {
        var after = TimeSpan.FromMicroseconds(wait);
        string what = limit.IsTokens ? "tokens" : "requests";
        string whose = limit.Scope switch { BudgetScope.Key => "This key", BudgetScope.User => "This user", _ => "This workspace" };
        return new(
            Refusal.RateLimited, "gateway:rate-limited",
            string.Create(CultureInfo.InvariantCulture, $"{whose} may use {limit.PerMinute:N0} {what} a minute. Try again in {Math.Ceiling(after.TotalSeconds):0} s."),
            after, limits);
    }

    public static CallAdmission.Refused Spent(CallAsked asked, int number, LimitHeaders limits)
    {
        var line = asked.Plan.Lines[number];
        string whose = line.Scope switch
        {
            BudgetScope.Key => "this key",
            BudgetScope.User => "this user",
            BudgetScope.Feature => $"'{line.Subject}'",
            _ => "this workspace",
        };
        string period = line.Period switch { BudgetPeriod.Total => "", var each => $" a {each.Name()}" };
        string again = line.Window.End is { } end
            ? string.Create(CultureInfo.InvariantCulture, $" It starts anew at {end:u}; an admin can raise it.")
            : " An admin can raise it.";
        string cap = (asked.Plan.Caps[number] / 1_000_000_000m).ToString("0.00#######", CultureInfo.InvariantCulture);
        return new(
            Refusal.BudgetSpent, "gateway:budget-spent", $"The budget of {whose}, ${cap}{period}, has too little left for this call.{again}",
            line.Window.End - asked.At, limits);
    }
}
