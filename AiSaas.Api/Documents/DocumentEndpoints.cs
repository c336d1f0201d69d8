using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Documents;

/// <summary>One document: its state, pages, passages, original, end.</summary>
internal static class DocumentEndpoints
{
    private const int ChunksPerPage = 200;

    public static void MapDocuments(this RouteGroupBuilder api)
    {
        var documents = api.MapGroup("/documents").WithTags("Documents");
        documents.MapGet("/{id}", Read);
        documents.MapGet("/{id}/events", DocumentEvents.Stream);
        documents.MapGet("/{id}/pages/{n:int}", ReadPage);
        documents.MapGet("/{id}/chunks", Chunks);
        documents.MapGet("/{id}/file", Original);
        documents.MapPost("/{id}/retry", Retry);
        documents.MapDelete("/{id}", Delete);
        api.MapPost("/samples", AddSample).WithTags("Documents");
        api.MapGet("/suggestions", Suggest).WithTags("Chat");
    }

    public static ProblemHttpResult NotFound() => Problems.NotFound("documents:not-found", "There is no such document.");

    private static async Task<Results<Ok<DocumentInfo>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, DocumentLibrary library, CancellationToken cancellation) =>
        DocumentId.TryParse(id, CultureInfo.InvariantCulture, out var document)
        && await library.FindAsync(caller.Tenant, document, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<Ok<DocumentPage>, ProblemHttpResult>> ReadPage(
        string id, int n, CurrentUser caller, DocumentLibrary library, CancellationToken cancellation) =>
        DocumentId.TryParse(id, CultureInfo.InvariantCulture, out var document)
        && await library.PageAsync(caller.Tenant, document, n, cancellation) is { } page
            ? TypedResults.Ok(page)
            : Problems.NotFound("documents:page-not-found", "There is no such page, or its document is not ready yet.");

    private static async Task<Results<Ok<Page<DocumentChunk>>, ProblemHttpResult>> Chunks(
        string id, CurrentUser caller, DocumentLibrary library, CancellationToken cancellation, string? after = null, int? page = null)
    {
        int last = -1;
        if (after is not null && !int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out last))
        {
            return Problems.Invalid("request:bad-cursor", "'after' is the 'next' of the page before.");
        }

        return DocumentId.TryParse(id, CultureInfo.InvariantCulture, out var document)
            && await library.ChunksAsync(caller.Tenant, document, page, last, ChunksPerPage, cancellation) is { } found
                ? TypedResults.Ok(found)
                : NotFound();
    }

    /// <summary>The original as it was uploaded. It is somebody's file on our origin: never rendered here, never sniffed, never run.</summary>
    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Original(
        string id, HttpResponse response, CurrentUser caller, DocumentLibrary library, IFileStore files, CancellationToken cancellation)
    {
        if (!DocumentId.TryParse(id, CultureInfo.InvariantCulture, out var document)
            || await library.OriginalAsync(caller.Tenant, document, cancellation) is not var (name, contentType))
        {
            return NotFound();
        }

        if (await files.OpenAsync(caller.Tenant, document, cancellation) is not { } content)
        {
            return Problems.NotFound("documents:no-original", "The original of this document was refused and not kept.");
        }

        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Stream(content, contentType, fileDownloadName: name[(name.LastIndexOf('/') + 1)..], enableRangeProcessing: true);
    }

    private static async Task<Results<Ok<Deleted>, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, DeleteDocuments delete, CancellationToken cancellation) =>
        DocumentId.TryParse(id, CultureInfo.InvariantCulture, out var document)
        && await delete.DocumentAsync(caller.Tenant, document, cancellation) is { } receipt
            ? TypedResults.Ok(new Deleted(receipt))
            : NotFound();

    private static async Task<Results<Accepted<UploadedDocument>, ProblemHttpResult>> Retry(
        string id, CurrentUser caller, RetryDocument retry, DocumentLibrary library, CancellationToken cancellation)
    {
        if (!DocumentId.TryParse(id, CultureInfo.InvariantCulture, out var document))
        {
            return NotFound();
        }

        return await retry.HandleAsync(caller.Tenant, document, cancellation) switch
        {
            RetryOutcome.Queued(var job) when await library.OriginalAsync(caller.Tenant, document, cancellation) is var (name, _) =>
                TypedResults.Accepted($"/api/documents/{document}", new UploadedDocument(document.Value, name, job.Value, "queued")),
            RetryOutcome.NotFailed(var status) =>
                Problems.Conflict("documents:not-failed", $"Only a failed document can be tried again; this one is {status}."),
            RetryOutcome.NoOriginal =>
                Problems.Conflict("documents:no-original", "The file was refused and not kept. Upload it again."),
            _ => NotFound(),
        };
    }

    private static async Task<Accepted<SampleAdded>> AddSample(CurrentUser caller, SampleDocument sample, CancellationToken cancellation)
    {
        var added = await sample.AddAsync(caller.Tenant, caller.User, cancellation);
        return TypedResults.Accepted($"/api/documents/{added.DocumentId:D}", added);
    }

    private static async Task<Ok<Suggestions>> Suggest(CurrentUser caller, SuggestQuestions suggest, CancellationToken cancellation) =>
        TypedResults.Ok(await suggest.HandleAsync(caller.Tenant, cancellation));
}
