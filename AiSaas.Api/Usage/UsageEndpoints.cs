using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Usage;
using AiSaas.Core.Tenancy;
using AiSaas.Core.Usage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Usage;

/// <summary>What was used and what it cost. Admins see the workspace's, others their own.</summary>
internal static class UsageEndpoints
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3 * 366);

    public static void MapUsage(this RouteGroupBuilder api) =>
        api.MapGroup("/usage").WithTags("Usage").MapGet("", Read);

    private static async Task<Results<Ok<UsageReport>, ProblemHttpResult>> Read(
        CurrentUser caller, UsageReports reports, TimeProvider time, CancellationToken cancellation,
        string? from = null, string? to = null, string groupBy = "day")
    {
        var now = time.GetUtcNow();
        if (!UsageReports.Groupings.Contains(groupBy))
        {
            return Problems.Invalid("usage:unknown-group", $"groupBy is one of {string.Join(", ", UsageReports.Groupings)}.");
        }

        if (!Times.TryRead(from, new(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero), out var start) || !Times.TryRead(to, now.AddHours(1), out var end))
        {
            return Problems.Invalid("usage:bad-time", "from and to are times or days, such as 2026-11-21T08:00:00Z or 2026-11-21.");
        }

        return start >= end || end - start > Longest
            ? Problems.Invalid("usage:bad-range", "from comes before to, by at most three years.")
            : TypedResults.Ok(await reports.ReadAsync(
                caller.Tenant, caller.IsAtLeast(Role.Admin) ? null : caller.User, Hour(start), Hour(end), groupBy, cancellation));
    }

    private static DateTimeOffset Hour(DateTimeOffset time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerHour), TimeSpan.Zero);
}
