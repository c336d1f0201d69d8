using AiSaas.Api.Common;
using AiSaas.Api.Gateway;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Retrieval.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Retrieval;

/// <summary>The workspace's embedding spaces, for admins: what it is searched by, and moving it to another model.</summary>
internal static class SpaceEndpoints
{
    public static void MapSpaces(this RouteGroupBuilder api)
    {
        var spaces = api.MapGroup("/embedding-spaces").WithTags("Retrieval").RequireAdmin();
        spaces.MapGet("", Show);
        spaces.MapPost("", Switch);
        spaces.MapPost("/cancel", Cancel);
        spaces.MapPost("/discard", Discard);
        spaces.MapPut("/settings", Weigh);
        spaces.MapPost("/calibrate", Calibrate);
    }

    private static async Task<Ok<EmbeddingSpacesInfo>> Show(CurrentUser caller, SpaceDesk desk, CancellationToken cancellation) =>
        TypedResults.Ok(await desk.ShowAsync(caller.Tenant, cancellation));

    private static async Task<Results<Accepted<SwitchSpaceResponse>, ProblemHttpResult>> Switch(
        SwitchSpaceRequest request, CurrentUser caller, SpaceDesk desk, CancellationToken cancellation) =>
        await desk.SwitchAsync(caller.Tenant, caller.User, request.Model, cancellation) is { } job
            ? TypedResults.Accepted($"/api/jobs/{job}", new SwitchSpaceResponse(job.Value))
            : Problems.Invalid("embedding:unknown-model", "There is no embedding model of that name in the configuration.");

    private static async Task<Results<NoContent, ProblemHttpResult>> Cancel(CurrentUser caller, SpaceDesk desk, CancellationToken cancellation) =>
        await desk.CancelAsync(caller.Tenant, cancellation)
            ? TypedResults.NoContent()
            : Problems.Conflict("embedding:not-moving", "The workspace does not move between embedding models.");

    private static async Task<Results<NoContent, ProblemHttpResult>> Discard(CurrentUser caller, SpaceDesk desk, CancellationToken cancellation) =>
        await desk.DiscardAsync(caller.Tenant, cancellation)
            ? TypedResults.NoContent()
            : Problems.Conflict("embedding:nothing-kept", "No earlier vectors are kept.");

    private static async Task<Results<NoContent, ProblemHttpResult>> Weigh(
        SpaceSettingsRequest request, CurrentUser caller, SpaceDesk desk, CancellationToken cancellation) =>
        string.IsNullOrEmpty(request.Space) || request.Weight is not (null or (>= 0 and <= 1)) || !IsCosine(request.Unrelated) || !IsCosine(request.Related)
            ? Problems.Invalid("embedding:bad-settings", "The weight is 0 to 1; the cosines of unrelated and of related texts are -1 to 1.")
            : await desk.WeighAsync(caller.Tenant, request.Space, request.Weight, request.Unrelated, request.Related, isMeasured: false, cancellation)
                ? TypedResults.NoContent()
                : Problems.Conflict("embedding:not-there", "The workspace has nothing in that space.");

    private static async Task<Results<Ok<SpaceMeasure>, ProblemHttpResult>> Calibrate(
        CalibrateSpaceRequest request, CurrentUser caller, SpaceDesk desk, CancellationToken cancellation) =>
        await desk.CalibrateAsync(caller.Tenant, request.Space, cancellation) is { } measure
            ? TypedResults.Ok(measure)
            : Problems.Conflict("embedding:too-few", $"It takes at least {SpaceCalibration.FewestPassages} embedded passages to measure a space.");

    private static bool IsCosine(double? number) => number is null or (>= -1 and <= 1);
}
