using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Chat;
using AiSaas.Core.Chat;
using AiSaas.Core.Jobs;
using AiSaas.Core.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace AiSaas.Api.Runs;

/// <summary>Watching an answer being written, and stopping it.</summary>
internal static class RunEndpoints
{
    public static void MapRuns(this RouteGroupBuilder api)
    {
        var runs = api.MapGroup("/runs").WithTags("Chat");
        runs.MapGet("/{id}", Read);
        runs.MapGet("/{id}/events", Watch);
        runs.MapPost("/{id}/stop", Stop).AllowViewers();
    }

    private static async Task<Results<Ok<RunInfo>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, ChatRuns runs, CancellationToken cancellation) =>
        RunId.TryParse(id, null, out var run) && await runs.ReadAsync(caller.Tenant, caller.User, run, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<RunStreamResult, ProblemHttpResult>> Watch(
        string id, CurrentUser caller, IRunAccess access, CancellationToken cancellation,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventId = null, string? after = null)
    {
        if (!RunId.TryParse(id, null, out var run) || await access.FindAsync(caller.Tenant, caller.User, run, cancellation) is null)
        {
            return NotFound();
        }

        // The header is the browser's own when it reconnects, so it is newer than what the page's address says.
        string? position = string.IsNullOrEmpty(lastEventId) ? after : lastEventId;
        RunEventId? seen = null;
        if (!string.IsNullOrEmpty(position))
        {
            if (!RunEventId.TryParse(position, out var parsed))
            {
                return Problems.Invalid("runs:bad-position", "'after' and Last-Event-ID are ids of events of this stream.");
            }

            seen = parsed;
        }

        return new RunStreamResult(caller.Tenant, run, seen);
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> Stop(
        string id, CurrentUser caller, IRunAccess access, JobQueue jobs, CancellationToken cancellation)
    {
        if (!RunId.TryParse(id, null, out var run) || await access.FindAsync(caller.Tenant, caller.User, run, cancellation) is not { } found)
        {
            return NotFound();
        }

        // A run that has ended by itself meanwhile is as stopped as it can be.
        await jobs.CancelAsync(caller.Tenant, found.JobId, "stop", cancellation);
        return TypedResults.Accepted($"/api/runs/{run}");
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("runs:not-found", "There is no such run.");
}
