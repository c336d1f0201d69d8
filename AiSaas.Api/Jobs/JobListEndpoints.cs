using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Jobs;

/// <summary>Jobs in numbers: lists, and what is done to many at once.</summary>
internal static class JobListEndpoints
{
    public static void MapJobLists(this RouteGroupBuilder jobs)
    {
        jobs.MapGet("", List);
        jobs.MapGet("/{id}/logs", ReadLog);
        jobs.MapDelete("/{id}", Delete);
        jobs.MapPost("/retry", RetryAll);
        jobs.MapDelete("", Purge);
    }

    private static async Task<Results<Ok<JobList>, ProblemHttpResult>> List(
        [AsParameters] JobQuery query, CurrentUser caller, JobReader jobs, CancellationToken cancellation)
    {
        JobStatus? status = null;
        if (query.Status is { Length: > 0 } wanted)
        {
            if (!JobStatusNames.TryParseShown(wanted, out var known))
            {
                return BadStatus();
            }

            status = known;
        }

        if (!TryId(query.Before, out var before) || !TryId(query.Parent, out var parent))
        {
            return Problems.Invalid("jobs:bad-cursor", "before and parent are ids of jobs.");
        }

        JobFilter filter = new(status, Blank(query.Kind), Blank(query.Queue), parent, query.Roots ?? false);
        return TypedResults.Ok(await jobs.ListAsync(
            caller.Tenant, filter, before, Math.Clamp(query.Limit ?? 50, 1, JobReader.LargestPage), cancellation));
    }

    private static async Task<Results<Ok<JobLog>, ProblemHttpResult>> ReadLog(
        string id, CurrentUser caller, JobReader jobs, CancellationToken cancellation) =>
        JobId.TryParse(id, null, out var job) && await jobs.LogAsync(caller.Tenant, job, cancellation) is { } log
            ? TypedResults.Ok(log)
            : JobEndpoints.NotFound();

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, SettledJobs jobs, CancellationToken cancellation) =>
        !JobId.TryParse(id, null, out var job)
            ? JobEndpoints.NotFound()
            : await jobs.DeleteAsync(caller.Tenant, job, cancellation) switch
            {
                DeleteAnswer.Deleted => TypedResults.NoContent(),
                DeleteAnswer.Active => Problems.Conflict("jobs:active", "This job has not ended. Cancel it first."),
                DeleteAnswer.Needed => Problems.Conflict("jobs:needed", "Another job at work still needs this one."),
                _ => JobEndpoints.NotFound(),
            };

    private static async Task<Results<Ok<RetriedJobs>, ProblemHttpResult>> RetryAll(
        RetryJobsRequest request, CurrentUser caller, SettledJobs jobs, CancellationToken cancellation)
    {
        if (!caller.IsAtLeast(Role.Admin))
        {
            return NotAdmin();
        }

        return JobStatusNames.TryParseShown(request.Status ?? "", out var status) && status is JobStatus.Failed or JobStatus.Dead
            ? TypedResults.Ok(await jobs.RetryAsync(
                caller.Tenant, status, Blank(request.Kind), request.Before is { } before ? new JobId(before) : null, cancellation))
            : Problems.Invalid("jobs:bad-status", "All failed or all dead jobs can be tried again; others one by one.");
    }

    private static async Task<Results<Ok<PurgedJobs>, ProblemHttpResult>> Purge(
        [AsParameters] PurgeQuery query, CurrentUser caller, SettledJobs jobs, CancellationToken cancellation)
    {
        if (!caller.IsAtLeast(Role.Admin))
        {
            return NotAdmin();
        }

        if (!TryId(query.Before, out var before))
        {
            return Problems.Invalid("jobs:bad-cursor", "before is the next of the answer before.");
        }

        return JobStatusNames.TryParseShown(query.Status ?? "", out var status) && status.IsSettled()
            ? TypedResults.Ok(await jobs.PurgeAsync(caller.Tenant, status, Blank(query.Kind), before, cancellation))
            : Problems.Invalid("jobs:bad-status", "Name the status whose jobs are to be deleted: succeeded, failed, dead or canceled.");
    }

    private static bool TryId(string? text, out JobId? id)
    {
        id = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        bool read = JobId.TryParse(text, null, out var job);
        id = job;
        return read;
    }

    private static string? Blank(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static ProblemHttpResult BadStatus() => Problems.Invalid(
        "jobs:bad-status", "A job is queued, running, succeeded, failed, dead or canceled.");

    private static ProblemHttpResult NotAdmin() => Problems.Forbidden(
        "jobs:admins-only", "Many jobs at once are for admins and owners of the workspace.");

    /// <param name="Before">The next of the page before.</param>
    /// <param name="Limit">1 to 200; 50 unless told.</param>
    /// <param name="Roots">Leaves out the parts of larger jobs.</param>
    internal sealed record JobQuery(string? Status, string? Kind, string? Queue, string? Parent, bool? Roots, string? Before, int? Limit);

    internal sealed record PurgeQuery(string? Status, string? Kind, string? Before);
}
