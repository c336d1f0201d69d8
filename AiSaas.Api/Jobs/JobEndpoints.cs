using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Jobs;

/// <summary>A workspace's jobs: look, follow, cancel, try again.</summary>
internal static class JobEndpoints
{
    public static void MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("/{id}", Read);
        jobs.MapGet("/{id}/events", Watch);
        jobs.MapPost("/{id}/cancel", Cancel);
        jobs.MapPost("/{id}/retry", Retry);
        jobs.MapJobLists();
    }

    private static async Task<Results<Ok<JobInfo>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, JobControl jobs, CancellationToken cancellation) =>
        await FindAsync(id, caller, jobs, cancellation) is { } found ? TypedResults.Ok(found) : NotFound();

    private static async Task<Results<SseResult, ProblemHttpResult>> Watch(
        string id, CurrentUser caller, JobControl jobs, ChangeSignals signals, CancellationToken cancellation) =>
        await FindAsync(id, caller, jobs, cancellation) is { } found
            ? new SseResult(JobWatch.FollowAsync(jobs, signals, caller.Tenant, JobId.From(found.Id), cancellation))
            : NotFound();

    private static async Task<Results<Accepted<JobInfo>, ProblemHttpResult>> Cancel(
        string id, CurrentUser caller, JobControl jobs, CancellationToken cancellation) =>
        JobId.TryParse(id, null, out var job)
        && await jobs.CancelAsync(caller.Tenant, job, "cancel", cancellation) is not null
        && await jobs.FindAsync(caller.Tenant, job, cancellation) is { } found
            ? TypedResults.Accepted($"/api/jobs/{job}", found)
            : NotFound();

    private static async Task<Results<Accepted<JobInfo>, ProblemHttpResult>> Retry(
        string id, CurrentUser caller, JobControl jobs, CancellationToken cancellation)
    {
        if (!JobId.TryParse(id, null, out var job))
        {
            return NotFound();
        }

        return await jobs.RetryAsync(caller.Tenant, job, cancellation) switch
        {
            RetryAnswer.Queued when await jobs.FindAsync(caller.Tenant, job, cancellation) is { } found =>
                TypedResults.Accepted($"/api/jobs/{job}", found),
            RetryAnswer.Refused => Problems.Conflict(
                "jobs:not-retryable", "Only a failed, dead or canceled job can be tried again, and not every kind of it."),
            _ => NotFound(),
        };
    }

    private static async Task<JobInfo?> FindAsync(string id, CurrentUser caller, JobControl jobs, CancellationToken cancellation) =>
        JobId.TryParse(id, null, out var job) ? await jobs.FindAsync(caller.Tenant, job, cancellation) : null;

    public static ProblemHttpResult NotFound() => Problems.NotFound("jobs:not-found", "There is no such job.");
}
