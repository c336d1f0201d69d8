using System.Text;
using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>A workspace's schedules. Everybody sees them; who made one, and admins, change it.</summary>
public sealed class ScheduleControl(TenantDatabase database, ScheduleKinds kinds)
{
    /// <summary>How many a workspace may have.</summary>
    public const int Most = 100;

    private const int LongestName = 100;
    private const int LargestBody = NewJobRows.MaxPayloadBytes;

    public async Task<IReadOnlyList<ScheduleInfo>> ListAsync(TenantId tenant, UserId viewer, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return [.. (await ScheduleRow.AllAsync(work, cancellation)).Select(row => row.Show(viewer))];
    }

    public async Task<ScheduleInfo?> FindAsync(TenantId tenant, UserId viewer, ScheduleId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return (await ScheduleRow.FindAsync(work, id, cancellation))?.Show(viewer);
    }

    public async Task<ScheduleOutcome> CreateAsync(
        TenantId tenant, ScheduleAuthor author, CreateScheduleRequest request, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var outcome = await CreateAsync(work, author, request, cancellation);
        await work.CommitAsync(cancellation);
        return outcome;
    }

    /// <summary>The same in the transaction of what it belongs to. A refusal has written nothing.</summary>
    internal async Task<ScheduleOutcome> CreateAsync(
        TenantWork work, ScheduleAuthor author, CreateScheduleRequest request, CancellationToken cancellation)
    {
        var tenant = work.Tenant;
        // A body that lacks them is read all the same.
        request = request with { Name = request.Name ?? "", Cron = request.Cron ?? "", Kind = request.Kind ?? "" };
        string zone = request.Timezone ?? "UTC";
        if (Fault(request.Name, request.Cron, zone) is { } fault)
        {
            return new ScheduleOutcome.Refused(fault);
        }

        if (await FaultAsync(work, author, request.Kind, request.Body, cancellation) is { } bad)
        {
            return new ScheduleOutcome.Refused(bad);
        }

        // Two that are made at once must not both be the last that fits.
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('job_schedules ' || $1, 0))", cancellation, tenant.ToString());
        if (await work.ScalarAsync<long>("select count(*) from job_schedules where tenant_id = $1", cancellation, tenant) >= Most)
        {
            return new ScheduleOutcome.Refused(new("schedules:too-many", $"A workspace has up to {Most} schedules. Delete one first."));
        }

        var id = ScheduleId.New();
        bool enabled = request.Enabled ?? true;
        var now = await work.ScalarAsync<DateTime>("select now()", cancellation);
        await work.ExecuteAsync(
            """
            insert into job_schedules (id, tenant_id, name, kind, body, cron, timezone, enabled, catch_up, overlap, created_by, next_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            cancellation, id, tenant, request.Name.Trim(), request.Kind, request.Body.GetRawText(), request.Cron.Trim(), zone, enabled,
            request.CatchUp ?? true, request.Overlap ?? false, author.User,
            SqlParameter.Typed(NpgsqlDbType.TimestampTz, enabled ? Next(request.Cron, zone, now) : null));
        var made = await ScheduleRow.FindAsync(work, id, cancellation);
        return new ScheduleOutcome.Done(made!.Show(author.User));
    }

    public async Task<ScheduleOutcome> UpdateAsync(
        TenantId tenant, ScheduleAuthor editor, ScheduleId id, UpdateScheduleRequest request, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await ScheduleRow.LockAsync(work, id, cancellation) is not { } row)
        {
            return new ScheduleOutcome.NotFound();
        }

        // It runs in its author's name: nobody else says what.
        if (!MayChange(row, editor) || (request.Body is not null && row.CreatedBy != editor.User))
        {
            return new ScheduleOutcome.NotYours();
        }

        var (name, cron, zone) = (request.Name ?? row.Name, request.Cron ?? row.Cron, request.Timezone ?? row.Timezone);
        var fault = Fault(name, cron, zone);
        if (fault is null && request.Body is { } body)
        {
            fault = await FaultAsync(work, editor, row.Kind, body, cancellation);
        }

        if (fault is not null)
        {
            return new ScheduleOutcome.Refused(fault);
        }

        bool enabled = request.Enabled ?? row.Enabled;
        bool same = enabled && row.Enabled && cron == row.Cron && zone == row.Timezone;
        var next = same ? row.NextAt : enabled ? Next(cron, zone, row.Now) : null;
        await work.ExecuteAsync(
            """
            update job_schedules set name = $3, cron = $4, timezone = $5, body = $6, enabled = $7, catch_up = $8, overlap = $9,
                next_at = $10, updated_at = now()
            where tenant_id = $1 and id = $2
            """,
            cancellation, tenant, id, name.Trim(), cron.Trim(), zone, request.Body?.GetRawText() ?? row.Body, enabled,
            request.CatchUp ?? row.CatchUp, request.Overlap ?? row.Overlap, SqlParameter.Typed(NpgsqlDbType.TimestampTz, next));
        var updated = await ScheduleRow.FindAsync(work, id, cancellation);
        await work.CommitAsync(cancellation);
        return new ScheduleOutcome.Done(updated!.Show(editor.User));
    }

    public async Task<ScheduleOutcome> DeleteAsync(TenantId tenant, ScheduleAuthor editor, ScheduleId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await ScheduleRow.LockAsync(work, id, cancellation) is not { } row)
        {
            return new ScheduleOutcome.NotFound();
        }

        if (!MayChange(row, editor))
        {
            return new ScheduleOutcome.NotYours();
        }

        await work.ExecuteAsync("delete from job_schedules where tenant_id = $1 and id = $2", cancellation, tenant, id);
        await work.CommitAsync(cancellation);
        return new ScheduleOutcome.Done(row.Show(editor.User));
    }

    /// <summary>Submits its job now, beside the calendar.</summary>
    public async Task<ScheduleOutcome> RunAsync(TenantId tenant, ScheduleAuthor editor, ScheduleId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await ScheduleRow.LockAsync(work, id, cancellation) is not { } row)
        {
            return new ScheduleOutcome.NotFound();
        }

        if (!MayChange(row, editor))
        {
            return new ScheduleOutcome.NotYours();
        }

        var submission = await kinds.SubmitAsync(work, row, row.Now, cancellation);
        if (submission is ScheduledSubmission.Refused refused)
        {
            return new ScheduleOutcome.Refused(refused.Failure);
        }

        var submitted = (ScheduledSubmission.Submitted)submission;
        await work.ExecuteAsync(
            """
            update job_schedules set last_at = now(), last_job_id = $3, last_outcome = 'submitted', error_code = null, error_detail = null
            where tenant_id = $1 and id = $2
            """, cancellation, tenant, id, submitted.Job);
        await work.CommitAsync(cancellation);
        return new ScheduleOutcome.Ran(submitted.Job);
    }

    /// <summary>When it would happen, from <paramref name="now"/> on; the failure says why never.</summary>
    public static (SchedulePreview? Preview, Failure? Failure) Preview(string cron, string zone, DateTimeOffset now) =>
        Fault("-", cron, zone) is { } fault
            ? (null, fault)
            : (new(cron, zone, CronExpression.Parse(cron).Next(now, TimeZones.Find(zone)!, ScheduleRow.Shown)), null);

    private static DateTimeOffset? Next(string cron, string zone, DateTimeOffset now) => CronExpression.Parse(cron).Next(now, TimeZones.Find(zone)!);

    private static bool MayChange(ScheduleRow row, ScheduleAuthor editor) => row.CreatedBy == editor.User || editor.Role >= Role.Admin;

    private static Failure? Fault(string name, string cron, string zone)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length > LongestName || name.Contains('\0', StringComparison.Ordinal))
        {
            return new("schedules:bad-name", $"A schedule has a name of up to {LongestName} characters.");
        }

        if (TimeZones.Find(zone) is null)
        {
            return new("schedules:bad-timezone", $"'{JobLines.Clean(zone)}' is no time zone; an IANA name is, such as Europe/Berlin or UTC.");
        }

        try
        {
            // Five fields have minutes as their least: nothing comes more often.
            CronExpression.Parse(cron.Length > 200 ? "" : cron);
            return null;
        }
        catch (FormatException fault)
        {
            return new("schedules:bad-cron", JobLines.Clean(fault.Message));
        }
    }

    private async Task<Failure?> FaultAsync(
        TenantWork work, ScheduleAuthor author, string kind, JsonElement body, CancellationToken cancellation)
    {
        if (kinds.Find(kind) is not { } known)
        {
            return new("schedules:unknown-kind", $"'{JobLines.Clean(kind)}' can't be scheduled; {string.Join(", ", kinds.Names)} can.");
        }

        if (body.ValueKind != JsonValueKind.Object)
        {
            return new("schedules:bad-body", $"The body is an object, as {kind} takes it.");
        }

        return Encoding.UTF8.GetByteCount(body.GetRawText()) > LargestBody
            ? new("schedules:too-large", $"A schedule's body has up to {LargestBody / 1024} KiB.")
            : await known.CheckAsync(work, author, body, cancellation);
    }
}

/// <summary>What became of a request about a schedule.</summary>
public abstract record ScheduleOutcome
{
    private ScheduleOutcome()
    {
    }

    public sealed record Done(ScheduleInfo Schedule) : ScheduleOutcome;

    public sealed record Ran(JobId Job) : ScheduleOutcome;

    public sealed record Refused(Failure Failure) : ScheduleOutcome;

    public sealed record NotFound : ScheduleOutcome;

    /// <summary>Somebody else's, and the caller is no admin.</summary>
    public sealed record NotYours : ScheduleOutcome;
}
