using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Documents;
using AiSaas.Core.Quality;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Records;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Retrieval;

/// <summary>Passages for a query, with the scores by stage. Collections and documents that aren't the caller's hold nothing.</summary>
internal static class SearchEndpoints
{
    public static void MapSearch(this RouteGroupBuilder api) =>
        api.MapPost("/search", Search).WithTags("Retrieval").WithName("Search").AllowViewers();

    private static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> Search(
        SearchRequest request, CurrentUser caller, Retriever retriever, AppliedSettings settings, CancellationToken cancellation)
    {
        if (Fault(request) is { } fault)
        {
            return fault;
        }

        var query = await settings.ForAsync(caller.Tenant, Query(request, caller), request.Limit, cancellation);
        var result = await retriever.FindAsync(caller.Tenant, query, cancellation);
        return TypedResults.Ok(new SearchResponse(
            [.. result.Passages.Select(passage => Hit(passage, request.Expand))], result.Shown()));
    }

    private static ProblemHttpResult? Fault(SearchRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Query))
        {
            return Problems.Invalid("search:empty-query", "Say what to look for: the query is empty.");
        }

        if (request.Query.Length > RetrievalQuery.MaxLength)
        {
            return Problems.Invalid(
                "search:query-too-long",
                $"A query has up to {RetrievalQuery.MaxLength:N0} characters, this one {request.Query.Length:N0}. Search for its essence.");
        }

        if (request.Limit is < 1 or > RetrievalQuery.MaxLimit)
        {
            return Problems.Invalid("search:limit", $"The limit is 1 to {RetrievalQuery.MaxLimit}.");
        }

        bool crowded = request.CollectionIds?.Count > RetrievalQuery.MaxFilterValues
            || request.Filter?.DocumentIds?.Count > RetrievalQuery.MaxFilterValues
            || request.Filter?.ContentTypes?.Count > RetrievalQuery.MaxFilterValues;
        if (crowded)
        {
            return Problems.Invalid("search:filter-too-long", $"A filter names up to {RetrievalQuery.MaxFilterValues:N0} values.");
        }

        if (request.Filter?.NamePrefix is { } prefix && (prefix.Length > 255 || prefix.Contains('\0', StringComparison.Ordinal)))
        {
            return Problems.Invalid("search:name-prefix", "The beginning of a name has up to 255 characters.");
        }

        if (request.Filter is { CreatedFrom: { } from, CreatedTo: { } to } && from >= to)
        {
            return Problems.Invalid("search:created", "createdFrom must be before createdTo.");
        }

        return request.Filter?.ContentTypes?.Any(type => type is null || type.Length > 200 || type.Contains('\0', StringComparison.Ordinal)) == true
            ? Problems.Invalid("search:content-type", "A content type looks like application/pdf.")
            : null;
    }

    private static RetrievalQuery Query(SearchRequest request, CurrentUser caller) => new(request.Query)
    {
        Collections = request.CollectionIds?.Select(CollectionId.From).ToArray(),
        Documents = request.Filter?.DocumentIds?.Select(DocumentId.From).ToArray(),
        ContentTypes = request.Filter?.ContentTypes,
        CreatedFrom = request.Filter?.CreatedFrom,
        CreatedTo = request.Filter?.CreatedTo,
        NamePrefix = request.Filter?.NamePrefix,
        Limit = request.Limit ?? RetrievalQuery.DefaultLimit,
        User = caller.User,
        Expand = request.Expand ? new ContextBudget() : null,
        Origin = new(QuerySources.Search, caller.User),
    };

    private static SearchHit Hit(Passage passage, bool expand) => new(
        passage.ChunkId.Value, passage.DocumentId.Value, passage.CollectionId.Value, passage.DocumentName, passage.Section, passage.Page,
        passage.Start, passage.End, passage.Text, passage.Score, new SearchScores(passage.Lexical, passage.Vector) { Rerank = passage.Reranked },
        expand ? passage.Context : null, passage.Original is null ? null : true);
}
