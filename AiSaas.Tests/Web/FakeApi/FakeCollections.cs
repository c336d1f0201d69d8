using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiSaas.Tests.Web.FakeApi;

public sealed partial class FakeApi
{
    private sealed class FakeCollection
    {
        public required Guid Id { get; init; }
        public required string Name { get; set; }
        public string? Description { get; set; }
        public required DateTimeOffset CreatedAt { get; init; }
        public Dictionary<Guid, FakeDocument> Documents { get; } = [];
    }

    private void MapCollections(RouteGroupBuilder api)
    {
        api.MapGet("/collections", (HttpContext http) => WithAccount(http, account => Results.Ok(
            new Page<CollectionSummary>([.. account.Current.Collections.Values.Select(SummaryOf)]))));
        api.MapPost("/collections", (CreateCollectionRequest request, HttpContext http) => WithAccount(http, account =>
        {
            if (string.IsNullOrWhiteSpace(request.Name))
            {
                return Refused(StatusCodes.Status400BadRequest, "collections:bad-name", "Name the collection, in up to 100 characters.");
            }

            FakeCollection made = new() { Id = NewId(), Name = request.Name.Trim(), Description = request.Description, CreatedAt = Now };
            account.Current.Collections.Add(made.Id, made);
            return Results.Ok(SummaryOf(made));
        }));
        api.MapGet("/collections/{id:guid}", (Guid id, HttpContext http) => WithCollection(http, id, (_, found) => Results.Ok(SummaryOf(found))));
        api.MapPatch("/collections/{id:guid}", (Guid id, UpdateCollectionRequest request, HttpContext http) => WithCollection(http, id, (_, found) =>
        {
            found.Name = request.Name ?? found.Name;
            found.Description = request.Description ?? found.Description;
            return Results.Ok(SummaryOf(found));
        }));
        api.MapDelete("/collections/{id:guid}", (Guid id, HttpContext http) => WithCollection(http, id, (workspace, found) =>
        {
            workspace.Collections.Remove(id);
            return Results.Ok(new Deleted(ReceiptOf([.. found.Documents.Values])));
        }));
    }

    private IResult WithCollection(HttpContext http, Guid id, Func<Workspace, FakeCollection, IResult> answer) => WithAccount(http, account =>
        account.Current.Collections.TryGetValue(id, out var found) ? answer(account.Current, found) : NotFound("collections"));

    private CollectionSummary SummaryOf(FakeCollection collection)
    {
        var documents = collection.Documents.Values.Select(InfoOf).ToList();
        return new CollectionSummary(
            collection.Id, collection.Name, collection.Description, documents.Count,
            documents.Count(document => document.Status == "ready"), documents.Count(document => document.Status == "failed"),
            documents.Sum(document => document.Bytes), collection.CreatedAt,
            documents.Select(document => document.UpdatedAt).DefaultIfEmpty(collection.CreatedAt).Max());
    }

    private DeletionReceipt ReceiptOf(IReadOnlyList<FakeDocument> documents) => new(
        documents.Count, documents.Sum(document => document.Pages.Count), documents.Count * 12, documents.Count * 12, documents.Count * 640,
        documents.Count, documents.Sum(document => document.Bytes), 0, documents.Count, Now);
}
