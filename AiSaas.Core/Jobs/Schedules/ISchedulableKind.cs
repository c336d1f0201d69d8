using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>A kind of job that people may schedule. Registered in api and worker with <c>services.AddSchedulableKind&lt;T&gt;()</c>.</summary>
public interface ISchedulableKind
{
    /// <summary>As the API shows it; in most cases the <see cref="JobKind.Name"/>.</summary>
    string Name { get; }

    /// <summary>Asked when a schedule is written: null when the body is good, else why not, for who wrote it.</summary>
    Task<Failure?> CheckAsync(TenantWork work, ScheduleAuthor author, JsonElement body, CancellationToken cancellation);

    /// <summary>Submits one occurrence's job in the transaction that moves the schedule on: both happen, once, or neither.</summary>
    /// <remarks>The body was checked when it was written; what it names may be gone since. Refuse before anything is written.</remarks>
    Task<ScheduledSubmission> SubmitAsync(TenantWork work, ScheduledOccurrence occurrence, CancellationToken cancellation);
}

/// <summary>In whose name a schedule's jobs run, with the role that person has now.</summary>
public sealed record ScheduleAuthor(UserId User, Role Role);

/// <param name="DueAt">When it was to happen; now, where somebody asked for it by hand.</param>
public sealed record ScheduledOccurrence(ScheduleId Schedule, string Name, ScheduleAuthor Author, DateTimeOffset DueAt, JsonElement Body);

/// <summary>What became of an occurrence.</summary>
public abstract record ScheduledSubmission
{
    private ScheduledSubmission()
    {
    }

    public sealed record Submitted(JobId Job) : ScheduledSubmission;

    /// <summary>Shown with the schedule, which goes on: the next occurrence may do better.</summary>
    public sealed record Refused(Failure Failure) : ScheduledSubmission;
}
