using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Core.Jobs;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Sources;

/// <summary>An address fetched again by the calendar: {sourceId}.</summary>
internal sealed class RefetchSchedule(SourceWalks walks) : ISchedulableKind
{
    public string Name => JobKind.Source.Name;

    public async Task<Failure?> CheckAsync(TenantWork work, ScheduleAuthor author, JsonElement body, CancellationToken cancellation) =>
        Read(body) is not { } source
            ? new("schedules:bad-body", "A scheduled fetch is {sourceId}.")
            : await work.ScalarAsync<bool>("select true from sources where tenant_id = $1 and id = $2", cancellation, work.Tenant, source)
                ? null
                : Gone;

    public async Task<ScheduledSubmission> SubmitAsync(TenantWork work, ScheduledOccurrence occurrence, CancellationToken cancellation) =>
        Read(occurrence.Body) is { } source && await walks.StartAsync(work, source, cancellation) is { } job
            ? new ScheduledSubmission.Submitted(job)
            : new ScheduledSubmission.Refused(Gone);

    /// <summary>Gives the source this schedule in place of the one it has.</summary>
    /// <param name="schedules">For what all schedules are held to.</param>
    /// <param name="work">The source's transaction; the source is locked in it.</param>
    /// <param name="author">In whose name it is fetched.</param>
    /// <param name="source">Which.</param>
    /// <param name="url">Named after it.</param>
    /// <param name="cron">Empty: none.</param>
    /// <param name="zone">An IANA name.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>Why not.</returns>
    public static async Task<Failure?> SetAsync(
        ScheduleControl schedules, TenantWork work, ScheduleAuthor author, SourceId source, string url, string cron, string zone,
        CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            "delete from job_schedules where tenant_id = $1 and id = (select schedule_id from sources where tenant_id = $1 and id = $2)",
            cancellation, work.Tenant, source);
        Guid? made = null;
        if (cron.Length > 0)
        {
            const string Words = "Fetch ";
            string name = url.Length > 100 - Words.Length ? string.Concat(url.AsSpan(0, 99 - Words.Length), "…") : url;
            JsonElement body = JsonElement.Parse($$"""{"sourceId":"{{source}}"}""");
            switch (await schedules.CreateAsync(work, author, new(Words + name, cron, JobKind.Source.Name, body, zone), cancellation))
            {
                case ScheduleOutcome.Done done:
                    made = done.Schedule.Id;
                    break;
                case ScheduleOutcome.Refused refused:
                    return refused.Failure;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }

        await work.ExecuteAsync(
            "update sources set schedule_id = $3, updated_at = now() where tenant_id = $1 and id = $2",
            cancellation, work.Tenant, source, SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Uuid, made));
        return null;
    }

    private static readonly Failure Gone = new("sources:not-found", "The address is no longer a source of this workspace.");

    private static SourceId? Read(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("sourceId", out var id) && id.ValueKind == JsonValueKind.String
        && SourceId.TryParse(id.GetString(), null, out var source)
            ? source
            : null;
}
