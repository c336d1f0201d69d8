using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Tests.Jobs.Schedules;

/// <summary>A kind whose jobs are of <see cref="JobKind.Ingest"/>. The body says how it behaves: {"refuse":true}, {"throw":true}, {"hold":true}.</summary>
internal sealed class ScriptedKind(JobQueue queue) : ISchedulableKind
{
    public string Name => "scripted";

    public Task<Failure?> CheckAsync(TenantWork work, ScheduleAuthor author, JsonElement body, CancellationToken cancellation) =>
        Task.FromResult<Failure?>(null);

    public async Task<ScheduledSubmission> SubmitAsync(TenantWork work, ScheduledOccurrence occurrence, CancellationToken cancellation)
    {
        if (Says(occurrence.Body, "refuse"))
        {
            return new ScheduledSubmission.Refused(new("test:refused", "Not today."));
        }

        NewJob job = new(JobKind.Ingest, "{}"u8.ToArray()) { RunAt = Says(occurrence.Body, "hold") ? occurrence.DueAt.AddYears(1) : null };
        var id = await queue.EnqueueAsync(work, job, cancellation);
        return Says(occurrence.Body, "throw") ? throw new InvalidOperationException("A bug.") : new ScheduledSubmission.Submitted(id);
    }

    private static bool Says(JsonElement body, string word) => body.TryGetProperty(word, out _);
}

/// <summary>Writes schedules and looks at them, beside the product.</summary>
internal static class ScheduleRows
{
    /// <param name="due">When it is next due, from now.</param>
    public static async Task<ScheduleId> ScheduleAsync(
        this JobsFixture fixture, TenantId tenant, UserId? author, string body = "{}", string due = "-1 second", string cron = "0 * * * *",
        bool catchUp = true, bool overlap = false)
    {
        var id = ScheduleId.New();
        await fixture.Stack.ScalarAsync<int>(
            """
            insert into job_schedules (id, tenant_id, name, kind, body, cron, timezone, catch_up, overlap, created_by, next_at)
            values ($1, $2, 'Test', 'scripted', $3, $4, 'UTC', $5, $6, $7, now() + $8::interval)
            """, id.Value, tenant.Value, body, cron, catchUp, overlap, author?.Value ?? (object)DBNull.Value, due);
        return id;
    }

    public static async Task<UserId> PersonAsync(this JobsFixture fixture, TenantId tenant)
    {
        var user = UserId.New();
        await fixture.Stack.ScalarAsync<int>("insert into users (id) values ($1)", user.Value);
        await fixture.Stack.ScalarAsync<int>(
            "insert into memberships (tenant_id, user_id, role) values ($1, $2, 'member')", tenant.Value, user.Value);
        return user;
    }

    /// <summary>outcome/error code/whether the next time is ahead</summary>
    public static async Task<string?> StateAsync(this JobsFixture fixture, ScheduleId id) => await fixture.Stack.ScalarAsync<string>(
        "select concat_ws('/', last_outcome, error_code, next_at > now()) from job_schedules where id = $1", id.Value);

    public static async Task<long> JobsAsync(this JobsFixture fixture, TenantId tenant) =>
        await fixture.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1", tenant.Value);
}
