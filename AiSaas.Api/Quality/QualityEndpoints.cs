using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Quality;
using AiSaas.Core.Retrieval;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Quality;

/// <summary>The retrieval bench: viewers look and search, members keep golden questions and evaluate, admins apply settings.</summary>
internal static class QualityEndpoints
{
    public static void MapQuality(this RouteGroupBuilder api)
    {
        var quality = api.MapGroup("/quality").WithTags("Quality");
        quality.MapGet("", Read);
        quality.MapPost("/lab", Search).AllowViewers();
        quality.MapGolden();
        quality.MapEvaluations();
        quality.MapSettings();
    }

    internal static ProblemHttpResult NoScope() =>
        Problems.NotFound("collections:not-found", $"There is no such collection. The workspace as a whole is '{QualityScopeId.Workspace}'.");

    private static async Task<Ok<QualityOverview>> Read(CurrentUser caller, QualityBoard board, CancellationToken cancellation) =>
        TypedResults.Ok(await board.ReadAsync(caller.Tenant, cancellation));

    private static async Task<Results<Ok<LabResponse>, ProblemHttpResult>> Search(
        LabRequest request, CurrentUser caller, SearchLab lab, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(request.Query) || request.Query.Length > RetrievalQuery.MaxLength)
        {
            return Problems.Invalid("search:empty-query", $"Say what to look for, in up to {RetrievalQuery.MaxLength:N0} characters.");
        }

        if (request.Settings?.Count > SearchLab.MostSides || request.CollectionIds?.Count > RetrievalQuery.MaxFilterValues)
        {
            return Problems.Invalid("quality:too-many", $"The lab compares up to {SearchLab.MostSides} settings.");
        }

        string? fault = request.Settings?.Select(settings => settings is null ? "Settings are an object." : SettingsRules.Fault(settings))
            .FirstOrDefault(words => words is not null);
        return fault is not null
            ? Problems.Invalid("quality:bad-settings", fault)
            : TypedResults.Ok(await lab.SearchAsync(caller.Tenant, caller.User, request, cancellation));
    }
}
