using System.Diagnostics;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Jobs.Schedules;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Jobs;

/// <summary>Jobs that come again by the calendar.</summary>
internal static class ScheduleEndpoints
{
    public static void MapSchedules(this RouteGroupBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules");
        schedules.MapGet("", List);
        schedules.MapPost("", Create);
        schedules.MapGet("/preview", Preview);
        schedules.MapGet("/{id}", Read);
        schedules.MapPatch("/{id}", Update);
        schedules.MapDelete("/{id}", Delete);
        schedules.MapPost("/{id}/run", Run);
    }

    private static async Task<Ok<Page<ScheduleInfo>>> List(CurrentUser caller, ScheduleControl schedules, CancellationToken cancellation) =>
        TypedResults.Ok(new Page<ScheduleInfo>(await schedules.ListAsync(caller.Tenant, caller.User, cancellation)));

    private static async Task<Results<Ok<ScheduleInfo>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, ScheduleControl schedules, CancellationToken cancellation) =>
        ScheduleId.TryParse(id, null, out var schedule)
        && await schedules.FindAsync(caller.Tenant, caller.User, schedule, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static Results<Ok<SchedulePreview>, ProblemHttpResult> Preview(string? cron, string? timezone, TimeProvider clock) =>
        ScheduleControl.Preview(cron ?? "", string.IsNullOrEmpty(timezone) ? "UTC" : timezone, clock.GetUtcNow()) switch
        {
            ({ } preview, _) => TypedResults.Ok(preview),
            (_, { } failure) => Problems.Invalid(failure.Code, failure.Detail),
            _ => throw new UnreachableException(),
        };

    private static async Task<Results<Created<ScheduleInfo>, ProblemHttpResult>> Create(
        CreateScheduleRequest request, CurrentUser caller, ScheduleControl schedules, CancellationToken cancellation) =>
        await schedules.CreateAsync(caller.Tenant, Author(caller), request, cancellation) switch
        {
            ScheduleOutcome.Done(var made) => TypedResults.Created($"/api/schedules/{made.Id}", made),
            var other => Refuse(other),
        };

    private static async Task<Results<Ok<ScheduleInfo>, ProblemHttpResult>> Update(
        string id, UpdateScheduleRequest request, CurrentUser caller, ScheduleControl schedules, CancellationToken cancellation) =>
        !ScheduleId.TryParse(id, null, out var schedule)
            ? NotFound()
            : await schedules.UpdateAsync(caller.Tenant, Author(caller), schedule, request, cancellation) switch
            {
                ScheduleOutcome.Done(var updated) => TypedResults.Ok(updated),
                var other => Refuse(other),
            };

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, ScheduleControl schedules, CancellationToken cancellation) =>
        !ScheduleId.TryParse(id, null, out var schedule)
            ? NotFound()
            : await schedules.DeleteAsync(caller.Tenant, Author(caller), schedule, cancellation) switch
            {
                ScheduleOutcome.Done => TypedResults.NoContent(),
                var other => Refuse(other),
            };

    private static async Task<Results<Accepted<ScheduleRun>, ProblemHttpResult>> Run(
        string id, CurrentUser caller, ScheduleControl schedules, CancellationToken cancellation) =>
        !ScheduleId.TryParse(id, null, out var schedule)
            ? NotFound()
            : await schedules.RunAsync(caller.Tenant, Author(caller), schedule, cancellation) switch
            {
                ScheduleOutcome.Ran(var job) => TypedResults.Accepted($"/api/jobs/{job}", new ScheduleRun(job.Value)),
                var other => Refuse(other),
            };

    private static ScheduleAuthor Author(CurrentUser caller) => new(caller.User, caller.Role);

    private static ProblemHttpResult Refuse(ScheduleOutcome outcome) => outcome switch
    {
        ScheduleOutcome.Refused(var failure) => failure.Code.EndsWith(":not-found", StringComparison.Ordinal)
            ? Problems.NotFound(failure.Code, failure.Detail)
            : Problems.Invalid(failure.Code, failure.Detail),
        ScheduleOutcome.NotYours => Problems.Forbidden(
            "schedules:not-yours", "Who made a schedule changes it, and so do admins; what it runs only its maker says."),
        _ => NotFound(),
    };

    private static ProblemHttpResult NotFound() => Problems.NotFound("schedules:not-found", "There is no such schedule.");
}
