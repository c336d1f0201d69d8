using System.Globalization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>The key layout of limits and budgets, version 1. All keys of a workspace carry one hash tag.</summary>
/// <remarks><list type="table">
/// <item><c>aisaas:1:{g:&lt;tenant&gt;}:l:&lt;r|t&gt;:&lt;scope&gt;:&lt;subject&gt;</c> string: when the limit's bucket is full again, in Redis's microseconds;
/// <c>r</c> for requests, <c>t</c> for tokens; expires then</item>
/// <item><c>aisaas:1:{g:&lt;tenant&gt;}:b:&lt;scope&gt;:&lt;period&gt;:&lt;start&gt;:&lt;subject&gt;</c> hash: one budget's counter in one window, of the fields
/// <list type="bullet">
/// <item><c>st</c>: <c>building</c> (what was spent is being read), <c>joining</c> (replicas say what they hold), <c>ready</c></item>
/// <item><c>s</c> spent, nano-dollars; <c>snap</c> the Postgres snapshot it was read in; <c>v</c> how often it was changed</item>
/// <item><c>R</c> held by open calls of all processes; <c>r:&lt;process&gt;</c> by one's, <c>i:&lt;process&gt;</c> which of its joinings that goes by,
/// <c>e:&lt;process&gt;</c> when it is given up if the process is not heard of</item>
/// <item><c>n</c>, <c>joined</c>: how many processes were told to join, and how many have; <c>since</c> when building or joining began</item>
/// </list></item>
/// <item><c>aisaas:1:governor</c> channel: <c>join &lt;key&gt;</c>, a counter was lost; <c>policy &lt;tenant&gt;</c>, budgets or prices changed</item>
/// </list></remarks>
internal static class GovernorKeys
{
    public const string Channel = "aisaas:1:governor";

    public static string Limit(TenantId tenant, bool tokens, BudgetScope scope, string subject) =>
        $"aisaas:1:{{g:{tenant}}}:l:{(tokens ? 't' : 'r')}:{scope.Name()}:{subject}";

    public static string Counter(TenantId tenant, BudgetScope scope, string subject, BudgetPeriod period, BudgetWindow window) =>
        string.Create(CultureInfo.InvariantCulture, $"aisaas:1:{{g:{tenant}}}:b:{scope.Name()}:{period.Name()}:{window.Start:yyyyMMdd}:{subject}");

    /// <returns>Null when it is no key of a counter.</returns>
    public static TenantId? TenantOf(string counter)
    {
        const string Start = "aisaas:1:{g:";
        return counter.StartsWith(Start, StringComparison.Ordinal) && counter.Length > Start.Length + 36
            && TenantId.TryParse(counter.Substring(Start.Length, 36), CultureInfo.InvariantCulture, out var tenant) ? tenant : null;
    }
}
