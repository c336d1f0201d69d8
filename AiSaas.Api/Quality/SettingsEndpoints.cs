using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Quality;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Quality;

/// <summary>Retrieval settings of a collection or of the workspace: draft, evaluate, apply. Only owners pass the gate by force.</summary>
internal static class SettingsEndpoints
{
    private const int LongestNote = 500;

    public static void MapSettings(this RouteGroupBuilder quality)
    {
        var settings = quality.MapGroup("/settings/{scope}");
        settings.MapGet("", Read);
        settings.MapGet("/history", History);

        var changes = settings.MapGroup("").RequireRole(Role.Admin);
        changes.MapPut("/draft", Draft);
        changes.MapDelete("/draft", Discard);
        changes.MapPost("/apply", Apply);
    }

    private static async Task<Results<Ok<SettingsInfo>, ProblemHttpResult>> Read(
        string scope, CurrentUser caller, SettingsDesk desk, CancellationToken cancellation) =>
        QualityScopeId.TryParse(scope, out var wanted) && await desk.ReadAsync(caller.Tenant, wanted, cancellation) is { } info
            ? TypedResults.Ok(info)
            : QualityEndpoints.NoScope();

    private static async Task<Results<Ok<Page<SettingsChange>>, ProblemHttpResult>> History(
        string scope, CurrentUser caller, SettingsDesk desk, CancellationToken cancellation) =>
        QualityScopeId.TryParse(scope, out var wanted) && await desk.HistoryAsync(caller.Tenant, wanted, cancellation) is { } changes
            ? TypedResults.Ok(new Page<SettingsChange>(changes))
            : QualityEndpoints.NoScope();

    private static async Task<Results<Ok<SettingsInfo>, ProblemHttpResult>> Draft(
        string scope, PutDraftRequest request, CurrentUser caller, SettingsDesk desk, CancellationToken cancellation) =>
        !QualityScopeId.TryParse(scope, out var wanted) || await desk.ReadAsync(caller.Tenant, wanted, cancellation) is null ? QualityEndpoints.NoScope()
        : request.Settings is null ? Problems.Invalid("quality:bad-settings", "A draft is {settings, version}.")
        : SettingsRules.Fault(request.Settings) is { } fault ? Problems.Invalid("quality:bad-settings", fault)
        : Saved(await desk.DraftAsync(caller.Tenant, wanted, request.Settings, request.Version, cancellation));

    private static async Task<Results<Ok<SettingsInfo>, ProblemHttpResult>> Discard(
        string scope, CurrentUser caller, SettingsDesk desk, CancellationToken cancellation, int version = 0) =>
        !QualityScopeId.TryParse(scope, out var wanted) || await desk.ReadAsync(caller.Tenant, wanted, cancellation) is not { } info ? QualityEndpoints.NoScope()
        : info.Draft is null ? TypedResults.Ok(info)
        : Saved(await desk.DraftAsync(caller.Tenant, wanted, null, version, cancellation));

    private static async Task<Results<Ok<AppliedInfo>, ProblemHttpResult>> Apply(
        string scope, ApplySettingsRequest request, CurrentUser caller, SettingsDesk desk, CancellationToken cancellation)
    {
        if (!QualityScopeId.TryParse(scope, out var wanted))
        {
            return QualityEndpoints.NoScope();
        }

        if (request.Note?.Length > LongestNote || request.Note?.Contains('\0', StringComparison.Ordinal) == true)
        {
            return Problems.Invalid("quality:bad-note", $"A note has up to {LongestNote} characters.");
        }

        if (request.Force && !caller.IsAtLeast(Role.Owner))
        {
            return Problems.Forbidden("auth:role", "Only an owner of the workspace applies settings past the gate.");
        }

        string? note = string.IsNullOrWhiteSpace(request.Note) ? null : request.Note.Trim();
        return await desk.ApplyAsync(caller.Tenant, wanted, caller.User, request.Version, request.Force, note, cancellation) switch
        {
            SettingsOutcome.Done(var info, var notice, var gate) => TypedResults.Ok(new AppliedInfo(info, notice, gate)),
            SettingsOutcome.Blocked(var gate) => Blocked(gate),
            var outcome => Refuse(outcome),
        };
    }

    private static Results<Ok<SettingsInfo>, ProblemHttpResult> Saved(SettingsOutcome outcome) =>
        outcome is SettingsOutcome.Done(var info, _, _) ? TypedResults.Ok(info) : Refuse(outcome);

    private static ProblemHttpResult Refuse(SettingsOutcome outcome) => outcome switch
    {
        SettingsOutcome.Stale(var version) => Problems.Conflict(
            "quality:stale", $"Somebody else changed these settings meanwhile: they are at version {version}. Read them again, then change them."),
        SettingsOutcome.NoDraft => Problems.Conflict("quality:no-draft", "There is no draft to apply."),
        _ => QualityEndpoints.NoScope(),
    };

    // The figures are in the words for people and beside them for programs.
    private static ProblemHttpResult Blocked(GateInfo gate) => TypedResults.Problem(
        gate.Verdict == Gate.Unevaluated
            ? gate.Words
            : string.Create(CultureInfo.InvariantCulture, $"{gate.Words} A figure may be worse by {gate.Tolerance:0.###}; an owner can apply them all the same."),
        statusCode: StatusCodes.Status409Conflict, title: "The gate is closed",
        extensions:
        [
            new("code", gate.Verdict == Gate.Unevaluated ? "retrieval:not-evaluated" : "retrieval:gate"),
            new("gate", gate),
        ]);
}
