using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Documents;

/// <summary>Collections, and the documents in each.</summary>
internal static class CollectionEndpoints
{
    private const int PageSize = 100;

    private static readonly string[] Statuses = ["queued", "running", "ready", "failed"];

    public static void MapCollections(this RouteGroupBuilder api)
    {
        var collections = api.MapGroup("/collections").WithTags("Documents");
        collections.MapPost("", Create);
        collections.MapGet("", List);
        collections.MapGet("/{id}", Read);
        collections.MapPatch("/{id}", Update);
        collections.MapDelete("/{id}", Delete);
        collections.MapGet("/{id}/documents", Documents);
        collections.MapPost("/{id}/documents", UploadEndpoint.Upload);
    }

    public static ProblemHttpResult NotFound() => Problems.NotFound("collections:not-found", "There is no such collection.");

    private static async Task<Results<Created<CollectionSummary>, ProblemHttpResult>> Create(
        CreateCollectionRequest request, CurrentUser caller, Collections collections, CancellationToken cancellation)
    {
        if (Fault(request.Name ?? "", request.Description) is { } fault)
        {
            return fault;
        }

        var id = await collections.CreateAsync(caller.Tenant, caller.User, request.Name!.Trim(), Trimmed(request.Description), cancellation);
        var made = await collections.FindAsync(caller.Tenant, id, cancellation);
        return made is null ? NotFound() : TypedResults.Created($"/api/collections/{id}", made);
    }

    private static async Task<Results<Ok<Page<CollectionSummary>>, ProblemHttpResult>> List(
        CurrentUser caller, Collections collections, CancellationToken cancellation, string? after = null)
    {
        CollectionId? cursor = CollectionId.TryParse(after, CultureInfo.InvariantCulture, out var last) ? last : null;
        return after is not null && cursor is null
            ? BadCursor()
            : TypedResults.Ok(await collections.ListAsync(caller.Tenant, cursor, PageSize, cancellation));
    }

    private static async Task<Results<Ok<CollectionSummary>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, Collections collections, CancellationToken cancellation) =>
        CollectionId.TryParse(id, CultureInfo.InvariantCulture, out var collection)
        && await collections.FindAsync(caller.Tenant, collection, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<Ok<CollectionSummary>, ProblemHttpResult>> Update(
        string id, UpdateCollectionRequest request, CurrentUser caller, Collections collections, CancellationToken cancellation)
    {
        if (Fault(request.Name ?? "unchanged", request.Description) is { } fault)
        {
            return fault;
        }

        return CollectionId.TryParse(id, CultureInfo.InvariantCulture, out var collection)
            && await collections.UpdateAsync(caller.Tenant, collection, request.Name?.Trim(), request.Description?.Trim(), cancellation)
            && await collections.FindAsync(caller.Tenant, collection, cancellation) is { } updated
                ? TypedResults.Ok(updated)
                : NotFound();
    }

    private static async Task<Results<Ok<Deleted>, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, DeleteDocuments delete, CancellationToken cancellation) =>
        CollectionId.TryParse(id, CultureInfo.InvariantCulture, out var collection)
        && await delete.CollectionAsync(caller.Tenant, collection, cancellation) is { } receipt
            ? TypedResults.Ok(new Deleted(receipt))
            : NotFound();

    private static async Task<Results<Ok<Page<DocumentInfo>>, ProblemHttpResult>> Documents(
        string id, CurrentUser caller, DocumentLibrary library, CancellationToken cancellation,
        string? status = null, string? after = null, int limit = PageSize, string? parent = null, string? ids = null)
    {
        if (status is not null && !Statuses.Contains(status))
        {
            return Problems.Invalid("documents:unknown-status", $"There is no status '{status}'. Known are {string.Join(", ", Statuses)}.");
        }

        DocumentId? cursor = DocumentId.TryParse(after, CultureInfo.InvariantCulture, out var last) ? last : null;
        if (after is not null && cursor is null)
        {
            return BadCursor();
        }

        if (Place(parent, ids) is not { } place)
        {
            return Problems.Invalid(
                "documents:bad-filter", $"'parent' is 'top' or the id of a document; 'ids' are up to {PageSize} ids of documents, with commas between.");
        }

        return CollectionId.TryParse(id, CultureInfo.InvariantCulture, out var collection)
            && await library.ListAsync(caller.Tenant, collection, status, place, cursor, Math.Clamp(limit, 1, PageSize), cancellation) is { } page
                ? TypedResults.Ok(page)
                : NotFound();
    }

    private static DocumentPlace? Place(string? parent, string? ids)
    {
        DocumentPlace place = new(TopOnly: parent == "top");
        if (parent is not (null or "top"))
        {
            if (!DocumentId.TryParse(parent, CultureInfo.InvariantCulture, out var container))
            {
                return null;
            }

            place = place with { Parent = container };
        }

        if (ids is null)
        {
            return place;
        }

        List<DocumentId> wanted = [];
        foreach (string text in ids.Split(',', PageSize + 1))
        {
            if (wanted.Count == PageSize || !DocumentId.TryParse(text, CultureInfo.InvariantCulture, out var one))
            {
                return null;
            }

            wanted.Add(one);
        }

        return place with { Ids = wanted };
    }

    private static ProblemHttpResult? Fault(string name, string? description) =>
        string.IsNullOrWhiteSpace(name) || name.Trim().Length > Collections.MaxName
            ? Problems.Invalid("collections:bad-name", $"Name the collection, in up to {Collections.MaxName} characters.")
            : description?.Trim().Length > Collections.MaxDescription
                ? Problems.Invalid("collections:bad-description", $"A description has up to {Collections.MaxDescription} characters.")
                : null;

    private static ProblemHttpResult BadCursor() => Problems.Invalid("request:bad-cursor", "'after' is the 'next' of the page before.");

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
