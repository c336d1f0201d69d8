using System.Text.Json;
using AiSaas.Contracts.Common;

namespace AiSaas.Contracts.Jobs;

/// <summary>POST <c>/api/schedules</c>.</summary>
/// <param name="Cron">Five fields: minute, hour, day of month, month, day of week; or @daily and the like.</param>
/// <param name="Kind">A kind that can be scheduled: <c>chat</c>, <c>batch</c>.</param>
/// <param name="Body">As the kind's own route takes it.</param>
/// <param name="Timezone">An IANA name; UTC unless told.</param>
/// <param name="Enabled">True unless told.</param>
/// <param name="CatchUp">One run makes up for all that were missed; true unless told.</param>
/// <param name="Overlap">Runs although the run before is still going; false unless told.</param>
public sealed record CreateScheduleRequest(
    string Name, string Cron, string Kind, JsonElement Body, string? Timezone = null, bool? Enabled = null, bool? CatchUp = null,
    bool? Overlap = null);

/// <summary>PATCH <c>/api/schedules/{id}</c>: what is null stays.</summary>
public sealed record UpdateScheduleRequest(
    string? Name = null, string? Cron = null, string? Timezone = null, JsonElement? Body = null, bool? Enabled = null, bool? CatchUp = null,
    bool? Overlap = null);

/// <param name="Body">Shown to who made the schedule.</param>
/// <param name="Next">The next five times; empty while disabled.</param>
/// <param name="LastOutcome">submitted; skipped (the run before was still going); missed; refused (see <paramref name="Error"/>).</param>
public sealed record ScheduleInfo(
    Guid Id, string Name, string Cron, string Timezone, string Kind, JsonElement? Body, bool Enabled, bool CatchUp, bool Overlap, bool Mine,
    IReadOnlyList<DateTimeOffset> Next, DateTimeOffset? LastAt, Guid? LastJobId, string? LastOutcome, Failure? Error,
    DateTimeOffset CreatedAt);

/// <summary>POST <c>/api/schedules/{id}/run</c>.</summary>
public sealed record ScheduleRun(Guid JobId);

/// <summary>GET <c>/api/schedules/preview</c>: when a cron expression would run.</summary>
public sealed record SchedulePreview(string Cron, string Timezone, IReadOnlyList<DateTimeOffset> Next);
