using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Quality;
using AiSaas.Llm.Local;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Quality;

/// <summary>Runs over golden questions: start, list, read beside another.</summary>
internal static class EvaluationEndpoints
{
    private const string NoModel = "none";

    public static void MapEvaluations(this RouteGroupBuilder quality)
    {
        var runs = quality.MapGroup("/runs");
        runs.MapPost("", Start);
        runs.MapGet("", List);
        runs.MapGet("/{id}", Read);
        runs.MapDelete("/{id}", Delete);
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("quality:run-not-found", "There is no such evaluation.");

    private static async Task<Results<Accepted<EvaluationRun>, ProblemHttpResult>> Start(
        StartEvaluationRequest request, CurrentUser caller, Evaluations evaluations, CancellationToken cancellation)
    {
        if (request.Settings is not (null or "applied" or "draft"))
        {
            return Problems.Invalid("quality:bad-settings", "Evaluate the 'applied' settings or the 'draft'.");
        }

        if (!QualityScopeId.TryParse(request.Scope, out var scope))
        {
            return QualityEndpoints.NoScope();
        }

        string? model = request.Model is NoModel ? null : request.Model ?? LocalModels.Extractive;
        return await evaluations.StartAsync(caller.Tenant, caller.User, scope, request.Settings == "draft", model, cancellation) switch
        {
            EvaluationOutcome.Started(var run) => TypedResults.Accepted($"/api/quality/runs/{run.Id}", run),
            EvaluationOutcome.NoQuestions => Problems.Conflict("quality:no-questions", "There are no golden questions to evaluate with. Add some first."),
            EvaluationOutcome.NoDraft => Problems.Conflict("quality:no-draft", "There is no draft of the settings."),
            EvaluationOutcome.Busy => Problems.Conflict("quality:running", "An evaluation is under way here. Wait for it, or cancel its job."),
            EvaluationOutcome.UnknownModel(var known) => Problems.Invalid(
                "models:unknown", $"There is no model '{request.Model}'. Known are {string.Join(", ", known)}, and {NoModel}."),
            _ => QualityEndpoints.NoScope(),
        };
    }

    private static async Task<Results<Ok<Page<EvaluationRun>>, ProblemHttpResult>> List(
        CurrentUser caller, Evaluations evaluations, CancellationToken cancellation, string scope = QualityScopeId.Workspace, string? after = null)
    {
        EvaluationId? cursor = EvaluationId.TryParse(after, null, out var last) ? last : null;
        return after is not null && cursor is null
            ? Problems.Invalid("request:bad-cursor", "'after' is the 'next' of the page before.")
            : QualityScopeId.TryParse(scope, out var wanted) && await evaluations.ListAsync(caller.Tenant, wanted, cursor, cancellation) is { } page
                ? TypedResults.Ok(page)
                : QualityEndpoints.NoScope();
    }

    /// <param name="against">Another run to compare with; its baseline, or the run before it, when left out.</param>
    private static async Task<Results<Ok<EvaluationReport>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, Evaluations evaluations, CancellationToken cancellation, string? against = null)
    {
        EvaluationId? other = EvaluationId.TryParse(against, null, out var named) ? named : null;
        return EvaluationId.TryParse(id, null, out var run) && (against is null || other is not null)
            && await evaluations.ReportAsync(caller.Tenant, run, other, cancellation) is { } report
                ? TypedResults.Ok(report)
                : NotFound();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, Evaluations evaluations, CancellationToken cancellation) =>
        (EvaluationId.TryParse(id, null, out var run) ? await evaluations.DeleteAsync(caller.Tenant, run, cancellation) : null) switch
        {
            true => TypedResults.NoContent(),
            false => Problems.Conflict("quality:running", "The evaluation is under way: cancel its job first."),
            null => NotFound(),
        };
}
