using System.Diagnostics;
using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Api.Documents;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Sources;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Sources;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Sources;

/// <summary>Documents from the web: addresses, their pages, fetching them again.</summary>
internal static class SourceEndpoints
{
    private const int PageSize = 100;

    private static readonly string[] States = ["waiting", "fetched", "duplicate", "alias", "skipped", "gone", "failed"];

    public static void MapSources(this RouteGroupBuilder api)
    {
        api.MapPost("/collections/{id}/documents/url", Add).WithTags("Sources");
        api.MapGet("/collections/{id}/sources", List).WithTags("Sources");
        var sources = api.MapGroup("/sources").WithTags("Sources");
        sources.MapGet("/{id}", Read);
        sources.MapGet("/{id}/pages", Pages);
        sources.MapPatch("/{id}", Update);
        sources.MapDelete("/{id}", Delete);
        sources.MapPost("/{id}/refetch", Refetch);
    }

    private static async Task<Results<Accepted<SourceAccepted>, ProblemHttpResult>> Add(
        string id, AddSourceRequest request, CurrentUser caller, AddSource add, CancellationToken cancellation)
    {
        if (!CollectionId.TryParse(id, CultureInfo.InvariantCulture, out var collection))
        {
            return CollectionEndpoints.NotFound();
        }

        return await add.HandleAsync(caller.Tenant, Author(caller), collection, request, cancellation) switch
        {
            AddSourceOutcome.Accepted(var source) => TypedResults.Accepted($"/api/sources/{source.SourceId:D}", source),
            AddSourceOutcome.Refused(var failure) => Problems.Invalid(failure.Code, failure.Detail),
            AddSourceOutcome.NotFound => CollectionEndpoints.NotFound(),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<Results<Ok<Page<SourceInfo>>, ProblemHttpResult>> List(
        string id, CurrentUser caller, SourceLibrary library, CancellationToken cancellation, string? after = null)
    {
        SourceId? cursor = SourceId.TryParse(after, CultureInfo.InvariantCulture, out var last) ? last : null;
        if (after is not null && cursor is null)
        {
            return BadCursor();
        }

        return CollectionId.TryParse(id, CultureInfo.InvariantCulture, out var collection)
            && await library.ListAsync(caller.Tenant, collection, cursor, PageSize, cancellation) is { } page
                ? TypedResults.Ok(page)
                : CollectionEndpoints.NotFound();
    }

    private static async Task<Results<Ok<SourceInfo>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, SourceLibrary library, CancellationToken cancellation) =>
        SourceId.TryParse(id, CultureInfo.InvariantCulture, out var source)
        && await library.FindAsync(caller.Tenant, source, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<Ok<Page<SourcePage>>, ProblemHttpResult>> Pages(
        string id, CurrentUser caller, SourceLibrary library, CancellationToken cancellation, string? state = null, Guid? after = null, int limit = PageSize)
    {
        if (state is not null && !States.Contains(state))
        {
            return Problems.Invalid("sources:unknown-state", $"There is no state '{state}'. Known are {string.Join(", ", States)}.");
        }

        return SourceId.TryParse(id, CultureInfo.InvariantCulture, out var source)
            && await library.PagesAsync(caller.Tenant, source, state, after, Math.Clamp(limit, 1, PageSize), cancellation) is { } page
                ? TypedResults.Ok(page)
                : NotFound();
    }

    private static async Task<Results<Ok<SourceInfo>, ProblemHttpResult>> Update(
        string id, UpdateSourceRequest request, CurrentUser caller, ChangeSource change, CancellationToken cancellation) =>
        !SourceId.TryParse(id, CultureInfo.InvariantCulture, out var source)
            ? NotFound()
            : await change.UpdateAsync(caller.Tenant, Author(caller), source, request, cancellation) switch
            {
                ChangeSourceOutcome.Changed(var changed) => TypedResults.Ok(changed),
                ChangeSourceOutcome.Refused(var failure) => Problems.Invalid(failure.Code, failure.Detail),
                ChangeSourceOutcome.NotFound => NotFound(),
                _ => throw new UnreachableException(),
            };

    /// <summary>Its documents stay unless the caller says <c>?documents=delete</c>.</summary>
    private static async Task<Results<Ok<SourceDeleted>, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, ChangeSource change, CancellationToken cancellation, string documents = "keep")
    {
        if (documents is not ("keep" or "delete"))
        {
            return Problems.Invalid("sources:keep-or-delete", "'documents' is keep or delete.");
        }

        return SourceId.TryParse(id, CultureInfo.InvariantCulture, out var source)
            && await change.DeleteAsync(caller.Tenant, source, documents == "delete", cancellation) is { } deleted
                ? TypedResults.Ok(deleted)
                : NotFound();
    }

    private static async Task<Results<Accepted<SourceRefetch>, ProblemHttpResult>> Refetch(
        string id, CurrentUser caller, SourceWalks walks, CancellationToken cancellation) =>
        SourceId.TryParse(id, CultureInfo.InvariantCulture, out var source)
        && await walks.StartAsync(caller.Tenant, source, cancellation) is { } job
            ? TypedResults.Accepted($"/api/jobs/{job}", new SourceRefetch(source.Value, job.Value))
            : NotFound();

    private static ScheduleAuthor Author(CurrentUser caller) => new(caller.User, caller.Role);

    private static ProblemHttpResult NotFound() => Problems.NotFound("sources:not-found", "There is no such source.");

    private static ProblemHttpResult BadCursor() => Problems.Invalid("request:bad-cursor", "'after' is the 'next' of the page before.");
}
