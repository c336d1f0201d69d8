using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AiSaas.Api.Documents;

/// <summary>Takes files in as they arrive: each goes block by block into the store, none is held whole.</summary>
internal static class UploadEndpoint
{
    private const int LongestBoundary = 100;

    public static async Task<Results<Accepted<UploadAccepted>, ProblemHttpResult>> Upload(
        string id, HttpRequest request, CurrentUser caller, Collections collections, UploadDocuments uploads,
        IOptions<DocumentsOptions> options, CancellationToken cancellation, string? duplicates = null)
    {
        if (duplicates is not (null or "keep"))
        {
            return Problems.Invalid("documents:bad-duplicates", "'duplicates' is 'keep', or left out.");
        }

        if (!CollectionId.TryParse(id, CultureInfo.InvariantCulture, out var collection)
            || await collections.FindAsync(caller.Tenant, collection, cancellation) is null)
        {
            return CollectionEndpoints.NotFound();
        }

        if (Boundary(request) is not { } boundary)
        {
            return Problems.Invalid("documents:not-multipart", "Send the files as multipart/form-data, each in a field named files.");
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.Value.MaxRequestBytes;
        }

        int room = await uploads.RoomAsync(caller.Tenant, cancellation);
        List<ReceivedFile> received = [];
        bool accepted = false;
        try
        {
            if (await ReceiveAsync(request, boundary, received, Math.Min(room, options.Value.MaxFilesPerRequest), caller, uploads, cancellation) is { } problem)
            {
                return problem;
            }

            var documents = await uploads.AcceptAsync(caller.Tenant, caller.User, collection, received, duplicates == "keep", cancellation);
            accepted = documents is not null;
            return documents is null
                ? CollectionEndpoints.NotFound()
                : TypedResults.Accepted($"/api/collections/{id}/documents", new UploadAccepted(documents));
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TooLarge($"The request is larger than {options.Value.MaxRequestBytes >> 20} MB in all. Send the files in several requests.");
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException && !cancellation.IsCancellationRequested)
        {
            return Problems.Invalid("documents:broken-upload", "The upload broke off, or is not proper multipart/form-data. Send it again.");
        }
        finally
        {
            if (!accepted)
            {
                // The caller may have gone, and its token with it; what it sent is not kept.
                await uploads.DiscardAsync(caller.Tenant, received, CancellationToken.None);
            }
        }
    }

    private static async Task<ProblemHttpResult?> ReceiveAsync(
        HttpRequest request, string boundary, List<ReceivedFile> received, int most, CurrentUser caller, UploadDocuments uploads,
        CancellationToken cancellation)
    {
        MultipartReader reader = new(boundary, request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 16 << 10 };
        while (await reader.ReadNextSectionAsync(cancellation) is { } section)
        {
            // Fields of a form that are no files, such as its antiforgery token, are passed over. So is the file field of
            // a form that was sent without choosing one.
            if (section.AsFileSection() is not { FileStream: { } content } file || file.FileName.Length == 0)
            {
                continue;
            }

            if (received.Count >= most)
            {
                return Problems.Invalid(
                    "documents:too-many", $"No more than {most} documents can be added by this request. Nothing was added.");
            }

            received.Add(await uploads.ReceiveAsync(caller.Tenant, file.FileName, content, cancellation));
        }

        return received switch
        {
            [] => Problems.Invalid("documents:no-files", "The request holds no file. Put each into a field named files."),
            _ when received.TrueForAll(file => file.Failure?.Code == "documents:too-large") => TooLarge(received[0].Failure!.Detail),
            _ => null,
        };
    }

    private static string? Boundary(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= LongestBoundary ? boundary : null;
    }

    private static ProblemHttpResult TooLarge(string detail) =>
        Problems.Of(StatusCodes.Status413PayloadTooLarge, "documents:too-large", detail, "Too large");
}
