using AiSaas.Contracts.Common;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>Submits what the calendar says, each occurrence once.</summary>
/// <remarks><code>
///  workers: due? ──► lock the row, unless somebody has it ──► submit the job ──┐  one
///                    still due?                               next_at moves on ─┘  transaction
/// </code>
/// All times are the database's, so that no worker's clock matters. <c>next_at</c> only ever moves forward, past the occurrence that was
/// due: a clock that is set back repeats nothing, one that leaps ahead has one run made up for all that it passed.</remarks>
internal sealed partial class DueSchedules(
    NpgsqlDataSource source, TenantDatabase database, ScheduleKinds kinds, ILogger<DueSchedules> logger)
{
    private const int Batch = 100;

    /// <summary>Later than this, an occurrence counts as missed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>Submits all that is due now.</summary>
    /// <returns>How many schedules were moved on.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        int all = 0;
        int moved;
        List<(ScheduleId Id, TenantId Tenant)> due;
        do
        {
            due = await DueAsync(cancellation);
            moved = 0;
            foreach (var (id, tenant) in due)
            {
                moved += await MoveAsync(tenant, id, cancellation) ? 1 : 0;
            }

            all += moved;
        }
        while (due.Count == Batch && moved > 0);
        return all;
    }

    private async Task<bool> MoveAsync(TenantId tenant, ScheduleId id, CancellationToken cancellation)
    {
        try
        {
            await using var work = await database.BeginAsync(tenant, cancellation);
            if (await ScheduleRow.LockDueAsync(work, id, cancellation) is not { NextAt: { } due } schedule)
            {
                return false;
            }

            var (outcome, job, failure) = await SubmitAsync(work, schedule, due, cancellation);
            await MoveOnAsync(work, schedule, due, outcome, job, failure, cancellation);
            await work.CommitAsync(cancellation);
            return true;
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or TimeoutException or NpgsqlException { IsTransient: true }))
        {
            // What fails by itself must not be due for ever: this occurrence is given up, the next one may do better.
            Log.Failed(logger, failure, id);
            return await GiveUpAsync(tenant, id, cancellation);
        }
    }

    private async Task<(string Outcome, JobId? Job, Failure? Failure)> SubmitAsync(
        TenantWork work, ScheduleRow schedule, DateTimeOffset due, CancellationToken cancellation)
    {
        if (!schedule.CatchUp && schedule.Now - due > Grace)
        {
            return ("missed", null, null);
        }

        if (!schedule.Overlap && schedule.LastJob is { } before && await IsActiveAsync(work, before, cancellation))
        {
            return ("skipped", null, null);
        }

        return await kinds.SubmitAsync(work, schedule, due, cancellation) switch
        {
            ScheduledSubmission.Submitted submitted => ("submitted", submitted.Job, null),
            ScheduledSubmission.Refused refused => ("refused", null, refused.Failure),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async Task<bool> GiveUpAsync(TenantId tenant, ScheduleId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await ScheduleRow.LockDueAsync(work, id, cancellation) is not { NextAt: { } due } schedule)
        {
            return false;
        }

        await MoveOnAsync(
            work, schedule, due, "refused", null, new("jobs:unexpected", "Something went wrong on our side."), cancellation);
        await work.CommitAsync(cancellation);
        return true;
    }

    private static async Task MoveOnAsync(
        TenantWork work, ScheduleRow schedule, DateTimeOffset due, string outcome, JobId? job, Failure? failure, CancellationToken cancellation)
    {
        int moved = await work.ExecuteAsync(
            """
            update job_schedules set next_at = $4, last_due_at = $3, last_at = now(), last_outcome = $5,
                last_job_id = coalesce($6, last_job_id), error_code = $7, error_detail = $8
            where tenant_id = $1 and id = $2 and next_at = $3
            """,
            cancellation, work.Tenant, schedule.Id, due.ToUniversalTime(),
            SqlParameter.Typed(NpgsqlDbType.TimestampTz, schedule.NextAfter(due)), outcome,
            SqlParameter.Typed(NpgsqlDbType.Uuid, job?.Value),
            SqlParameter.Typed(NpgsqlDbType.Text, failure?.Code), SqlParameter.Typed(NpgsqlDbType.Text, failure?.Detail));
        if (moved != 1)
        {
            throw new InvalidOperationException($"Schedule {schedule.Id} was moved on under its lock.");
        }
    }

    private static Task<bool> IsActiveAsync(TenantWork work, JobId job, CancellationToken cancellation) => work.ScalarAsync<bool>(
        "select true from jobs where tenant_id = $1 and id = $2 and status in ('queued', 'running', 'waiting')", cancellation, work.Tenant, job);

    private async Task<List<(ScheduleId, TenantId)>> DueAsync(CancellationToken cancellation)
    {
        List<(ScheduleId, TenantId)> due = [];
        await using var command = source.CreateCommand("select id, tenant_id from app.due_schedules($1)");
        command.Parameters.AddWithValue(Batch);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            due.Add((ScheduleId.From(reader.GetGuid(0)), TenantId.From(reader.GetGuid(1))));
        }

        return due;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "An occurrence of schedule {Schedule} failed and is given up")]
        public static partial void Failed(ILogger logger, Exception failure, ScheduleId schedule);
    }
}
