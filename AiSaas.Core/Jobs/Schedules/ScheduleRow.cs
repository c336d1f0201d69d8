using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>A schedule as its row has it.</summary>
/// <param name="Author">Null when the person is gone or has left the workspace: nothing can run in their name.</param>
/// <param name="Now">The database's clock.</param>
internal sealed record ScheduleRow(
    ScheduleId Id, string Name, string Kind, string Body, string Cron, string Timezone, bool Enabled, bool CatchUp, bool Overlap,
    UserId? CreatedBy, ScheduleAuthor? Author, DateTimeOffset? NextAt, DateTimeOffset? LastAt, JobId? LastJob, string? LastOutcome,
    Failure? Error, DateTimeOffset CreatedAt, DateTimeOffset Now)
{
    /// <summary>How many times ahead are shown.</summary>
    public const int Shown = 5;

    private const string Columns = """
        s.id, s.name, s.kind, s.body, s.cron, s.timezone, s.enabled, s.catch_up, s.overlap, s.created_by, m.role, s.next_at, s.last_at,
        s.last_job_id, s.last_outcome, s.error_code, s.error_detail, s.created_at, now()
        from job_schedules s left join memberships m on m.tenant_id = s.tenant_id and m.user_id = s.created_by
        """;

    public static Task<List<ScheduleRow>> AllAsync(TenantWork work, CancellationToken cancellation) =>
        work.QueryAsync($"select {Columns} where s.tenant_id = $1 order by s.id desc", Read, cancellation, work.Tenant);

    public static async Task<ScheduleRow?> FindAsync(TenantWork work, ScheduleId id, CancellationToken cancellation) =>
        One(await work.QueryAsync($"select {Columns} where s.tenant_id = $1 and s.id = $2", Read, cancellation, work.Tenant, id));

    public static async Task<ScheduleRow?> LockAsync(TenantWork work, ScheduleId id, CancellationToken cancellation) =>
        One(await work.QueryAsync($"select {Columns} where s.tenant_id = $1 and s.id = $2 for update of s", Read, cancellation, work.Tenant, id));

    /// <summary>Null when it isn't due, or somebody else is at it.</summary>
    public static async Task<ScheduleRow?> LockDueAsync(TenantWork work, ScheduleId id, CancellationToken cancellation) =>
        One(await work.QueryAsync(
            $"select {Columns} where s.tenant_id = $1 and s.id = $2 and s.enabled and s.next_at <= now() for update of s skip locked",
            Read, cancellation, work.Tenant, id));

    /// <summary>The first time after both <paramref name="after"/> and now.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset after) => CronExpression.Parse(Cron).Next(after > Now ? after : Now, Zone);

    // A zone that the machine no longer knows must not stop the schedule's row from being read.
    public TimeZoneInfo Zone => TimeZones.Find(Timezone) ?? TimeZoneInfo.Utc;

    public ScheduledOccurrence Occurrence(ScheduleAuthor author, DateTimeOffset due) => new(Id, Name, author, due, JsonElement.Parse(Body));

    public ScheduleInfo Show(UserId viewer)
    {
        bool mine = CreatedBy == viewer;
        return new(
            Id.Value, Name, Cron, Timezone, Kind, mine ? JsonElement.Parse(Body) : null, Enabled, CatchUp, Overlap, mine, Times(), LastAt,
            LastJob?.Value, LastOutcome, Error, CreatedAt);
    }

    private IReadOnlyList<DateTimeOffset> Times() => NextAt is { } next && Enabled
        ? [next, .. CronExpression.Parse(Cron).Next(next > Now ? next : Now, Zone, Shown - 1)]
        : [];

    private static ScheduleRow? One(List<ScheduleRow> rows) => rows is [var row] ? row : null;

    private static ScheduleRow Read(NpgsqlDataReader reader)
    {
        UserId? author = reader.IsDBNull(9) ? null : UserId.From(reader.GetGuid(9));
        return new(
            ScheduleId.From(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
            reader.GetString(5), reader.GetBoolean(6), reader.GetBoolean(7), reader.GetBoolean(8), author,
            author is { } user && !reader.IsDBNull(10) ? new(user, RoleNames.Parse(reader.GetString(10))) : null,
            Time(11), Time(12), reader.IsDBNull(13) ? null : JobId.From(reader.GetGuid(13)), reader.IsDBNull(14) ? null : reader.GetString(14),
            reader.IsDBNull(15) ? null : new Failure(reader.GetString(15), reader.GetString(16)),
            reader.GetFieldValue<DateTimeOffset>(17), reader.GetFieldValue<DateTimeOffset>(18));

        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
    }
}
