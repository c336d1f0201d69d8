using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Retrieval;

/// <summary>What was searched and found. Admins see the workspace's; others their own, for questions may come from private chats.</summary>
internal static class QueryEndpoints
{
    private const int PageSize = 50;

    public static void MapQueries(this RouteGroupBuilder api)
    {
        var queries = api.MapGroup("/retrieval/queries").WithTags("Retrieval");
        queries.MapGet("", List);
        queries.MapGet("/{id}", Read);
        queries.MapDelete("/{id}", Delete);
    }

    /// <summary>Null for admins, who see everybody's.</summary>
    internal static UserId? Own(CurrentUser caller) => caller.IsAtLeast(Role.Admin) ? null : caller.User;

    private static ProblemHttpResult NotFound() => Problems.NotFound("retrieval:query-not-found", "There is no such record of a search.");

    /// <param name="empty">Only searches that found nothing.</param>
    /// <param name="slow">Only searches that took at least so many milliseconds.</param>
    /// <param name="collection">Only searches of this collection.</param>
    /// <param name="source">search, answer or lab.</param>
    /// <param name="after">The <c>next</c> of the page before.</param>
    private static async Task<Results<Ok<Page<QuerySummary>>, ProblemHttpResult>> List(
        CurrentUser caller, QueryRecords records, CancellationToken cancellation,
        bool empty = false, double? slow = null, string? collection = null, string? source = null, string? after = null, int limit = PageSize)
    {
        QueryRecordId? cursor = QueryRecordId.TryParse(after, null, out var last) ? last : null;
        CollectionId? only = CollectionId.TryParse(collection, null, out var id) ? id : null;
        if ((after is not null && cursor is null) || (collection is not null && only is null) || slow is < 0 or double.NaN
            || (source is not null && !QuerySources.All.Contains(source)))
        {
            return Problems.Invalid(
                "retrieval:bad-filter", $"'after' is the 'next' of the page before, 'collection' an id, 'slow' milliseconds, 'source' one of {string.Join(", ", QuerySources.All)}.");
        }

        return TypedResults.Ok(await records.ListAsync(
            caller.Tenant, new(Own(caller), only, empty, slow, source), cursor, Math.Clamp(limit, 1, PageSize), cancellation));
    }

    private static async Task<Results<Ok<QueryDetail>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, QueryRecords records, CancellationToken cancellation) =>
        QueryRecordId.TryParse(id, null, out var record) && await records.FindAsync(caller.Tenant, record, Own(caller), cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, QueryRecords records, CancellationToken cancellation) =>
        QueryRecordId.TryParse(id, null, out var record) && await records.DeleteAsync(caller.Tenant, record, Own(caller), cancellation) == 1
            ? TypedResults.NoContent()
            : NotFound();
}
