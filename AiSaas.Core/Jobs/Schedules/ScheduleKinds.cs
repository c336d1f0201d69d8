using AiSaas.Contracts.Common;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>What can be scheduled.</summary>
public sealed class ScheduleKinds(IEnumerable<ISchedulableKind> kinds)
{
    private readonly Dictionary<string, ISchedulableKind> _byName = kinds.ToDictionary(kind => kind.Name);

    /// <summary>In the order of the alphabet.</summary>
    public IReadOnlyList<string> Names => [.. _byName.Keys.Order(StringComparer.Ordinal)];

    internal ISchedulableKind? Find(string name) => _byName.GetValueOrDefault(name);

    internal async Task<ScheduledSubmission> SubmitAsync(
        TenantWork work, ScheduleRow schedule, DateTimeOffset due, CancellationToken cancellation)
    {
        if (schedule.Author is not { } author)
        {
            return Refuse("schedules:author-gone", "Whoever made this schedule is no longer in the workspace. Make it anew.");
        }

        return Find(schedule.Kind) is { } kind
            ? await kind.SubmitAsync(work, schedule.Occurrence(author, due), cancellation)
            : Refuse("schedules:unknown-kind", $"'{schedule.Kind}' can't be scheduled any more.");
    }

    private static ScheduledSubmission.Refused Refuse(string code, string detail) => new(new Failure(code, detail));
}
