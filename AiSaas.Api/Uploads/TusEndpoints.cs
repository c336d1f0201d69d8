using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Api.Documents;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Uploads;
using AiSaas.Core.Documents;
using AiSaas.Core.Uploads;
using Microsoft.AspNetCore.Http.Features;

namespace AiSaas.Api.Uploads;

/// <summary>Resumable uploads by the tus protocol (tus.io, 1.0.0), so that its clients work as they are.</summary>
/// <remarks>
/// <code>
/// POST  /api/uploads        length and metadata (filename, collectionId) → 201, where it is
/// PATCH /api/uploads/{id}   bytes from an offset; what came before a connection broke stays
/// HEAD  /api/uploads/{id}   how far it is          DELETE: forget it
/// </code>
/// With its last byte it becomes a document, which the answer names; GET tells the same as JSON.
/// </remarks>
internal static class TusEndpoints
{
    public static void MapUploads(this RouteGroupBuilder api)
    {
        var uploads = api.MapGroup("/uploads").WithTags("Documents").AddEndpointFilter(SpeakAsync);
        uploads.MapMethods("", [HttpMethods.Options], Discover);
        uploads.MapPost("", Create);
        uploads.MapMethods("/{id}", [HttpMethods.Head], Look);
        uploads.MapGet("/{id}", Read);
        uploads.MapPatch("/{id}", Append);
        uploads.MapDelete("/{id}", Terminate);
    }

    // In every answer, refusals too: clients decide by it whether they talk to a tus server.
    private static ValueTask<object?> SpeakAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers[TusHeaders.Resumable] = TusHeaders.Version;
        return next(context);
    }

    private static IResult Discover(HttpResponse response, Core.Uploads.Uploads uploads)
    {
        response.Headers["Tus-Version"] = TusHeaders.Version;
        response.Headers["Tus-Extension"] = TusHeaders.Extensions;
        response.Headers["Tus-Max-Size"] = uploads.MaxBytes.ToString(CultureInfo.InvariantCulture);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> Create(
        HttpContext http, CurrentUser caller, Core.Uploads.Uploads uploads, CancellationToken cancellation)
    {
        var request = http.Request;
        if (OtherVersion(http) is { } refusal)
        {
            return refusal;
        }

        if (TusHeaders.Bytes(request, TusHeaders.Length) is not { } length)
        {
            return Problems.Invalid("uploads:no-length", "Say how large the file is: Upload-Length, in bytes.");
        }

        string metadata = request.Headers[TusHeaders.Metadata].ToString();
        if (TusHeaders.ReadMetadata(metadata) is not { } said
            || !CollectionId.TryParse(said.GetValueOrDefault("collectionId"), CultureInfo.InvariantCulture, out var collection))
        {
            return Problems.Invalid(
                "uploads:bad-metadata", "Upload-Metadata names the file and the collection: 'filename BASE64,collectionId BASE64'.");
        }

        // Some clients send the word where there is no path.
        string? path = said.GetValueOrDefault("relativePath") is { Length: > 0 } relative && relative != "null" ? relative : said.GetValueOrDefault("filename");
        NewUpload asked = new(collection, path, metadata, said.GetValueOrDefault("duplicates") == "keep", length);
        switch (await uploads.CreateAsync(caller.Tenant, caller.User, asked, cancellation))
        {
            case UploadCreation.NoCollection:
                return CollectionEndpoints.NotFound();
            case UploadCreation.TooLarge:
                return Problems.Of(
                    StatusCodes.Status413PayloadTooLarge, "documents:too-large",
                    $"The file is larger than {uploads.MaxWords}, which is the most that one document may have.", "Too large");
            case UploadCreation.TooMany(var why):
                return Problems.Conflict("uploads:too-many", why);
            case UploadCreation.Made(var upload):
                return await CreatedAsync(http, caller, uploads, upload, cancellation);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // The first bytes may come along (creation-with-upload).
    private static async Task<IResult> CreatedAsync(
        HttpContext http, CurrentUser caller, Core.Uploads.Uploads uploads, Upload upload, CancellationToken cancellation)
    {
        if (IsPiece(http.Request))
        {
            Admit(http, upload.Bytes);
            if (await uploads.AppendAsync(caller.Tenant, upload.Id, 0, http.Request.Body, cancellation) is UploadProgress.Advanced advanced)
            {
                upload = advanced.Upload;
            }
        }

        TusHeaders.Describe(http.Response, upload);
        http.Response.Headers.Location = $"/api/uploads/{upload.Id}";
        return TypedResults.StatusCode(StatusCodes.Status201Created);
    }

    private static async Task<IResult> Look(
        string id, HttpContext http, CurrentUser caller, Core.Uploads.Uploads uploads, CancellationToken cancellation)
    {
        if (await FindAsync(id, caller, uploads, cancellation) is not { } upload)
        {
            return NotFound();
        }

        if (OtherVersion(http) is { } refusal)
        {
            return refusal;
        }

        if (upload.IsExpired)
        {
            return Gone();
        }

        TusHeaders.Describe(http.Response, upload);
        return TypedResults.Ok();
    }

    private static async Task<IResult> Read(
        string id, HttpResponse response, CurrentUser caller, Core.Uploads.Uploads uploads, CancellationToken cancellation)
    {
        if (await FindAsync(id, caller, uploads, cancellation) is not { } upload)
        {
            return NotFound();
        }

        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new UploadInfo(
            upload.Id.Value, upload.Name, upload.Collection.Value, upload.Outcome is null ? "uploading" : "done", upload.Bytes, upload.Received,
            upload.Outcome, upload.ExpiresAt));
    }

    private static async Task<IResult> Append(
        string id, HttpContext http, CurrentUser caller, Core.Uploads.Uploads uploads, CancellationToken cancellation)
    {
        if (await FindAsync(id, caller, uploads, cancellation) is not { } upload)
        {
            return NotFound();
        }

        if (OtherVersion(http) is { } refusal)
        {
            return refusal;
        }

        if (!IsPiece(http.Request))
        {
            return Problems.Of(
                StatusCodes.Status415UnsupportedMediaType, "uploads:bad-content-type", $"Send the bytes as {TusHeaders.ContentType}.", "Unsupported content");
        }

        if (TusHeaders.Bytes(http.Request, TusHeaders.Offset) is not { } offset)
        {
            return Problems.Invalid("uploads:no-offset", "Say where these bytes belong: Upload-Offset.");
        }

        if (http.Request.ContentLength > upload.Bytes - offset)
        {
            return Problems.Of(
                StatusCodes.Status413PayloadTooLarge, "uploads:beyond-length", $"The file was announced with {upload.Bytes} bytes; this is more.", "Too large");
        }

        Admit(http, upload.Bytes - offset);
        return await uploads.AppendAsync(caller.Tenant, upload.Id, offset, http.Request.Body, cancellation) switch
        {
            UploadProgress.Advanced(var now, _) => Taken(http.Response, now),
            UploadProgress.WrongOffset(var received) =>
                Problems.Conflict("uploads:wrong-offset", $"{received} bytes of this file are here. Go on from there."),
            UploadProgress.Locked => Problems.Of(
                StatusCodes.Status423Locked, "uploads:locked", "Another connection is sending this file. Try again in a moment.", "Locked"),
            UploadProgress.Expired => Gone(),
            _ => NotFound(),
        };
    }

    private static async Task<IResult> Terminate(
        string id, HttpContext http, CurrentUser caller, Core.Uploads.Uploads uploads, CancellationToken cancellation)
    {
        if (await FindAsync(id, caller, uploads, cancellation) is not { } upload)
        {
            return NotFound();
        }

        return OtherVersion(http)
            ?? (await uploads.TerminateAsync(caller.Tenant, upload.Id, cancellation) is UploadProgress.NotFound ? NotFound() : TypedResults.NoContent());
    }

    private static Task<Upload?> FindAsync(string id, CurrentUser caller, Core.Uploads.Uploads uploads, CancellationToken cancellation) =>
        UploadId.TryParse(id, CultureInfo.InvariantCulture, out var upload)
            ? uploads.FindAsync(caller.Tenant, upload, cancellation)
            : Task.FromResult<Upload?>(null);

    private static IResult Taken(HttpResponse response, Upload upload)
    {
        TusHeaders.Describe(response, upload);
        return TypedResults.NoContent();
    }

    private static bool IsPiece(HttpRequest request) =>
        string.Equals(request.ContentType, TusHeaders.ContentType, StringComparison.OrdinalIgnoreCase);

    private static void Admit(HttpContext http, long bytes)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = Math.Max(0, bytes);
        }
    }

    private static IResult? OtherVersion(HttpContext http)
    {
        if (http.Request.Headers[TusHeaders.Resumable] == TusHeaders.Version)
        {
            return null;
        }

        http.Response.Headers["Tus-Version"] = TusHeaders.Version;
        return Problems.Of(
            StatusCodes.Status412PreconditionFailed, "uploads:version", $"Send {TusHeaders.Resumable}: {TusHeaders.Version}.", "Another version");
    }

    private static IResult NotFound() => Problems.NotFound("uploads:not-found", "There is no such upload.");

    private static IResult Gone() =>
        Problems.Of(StatusCodes.Status410Gone, "uploads:expired", "This upload was left for too long and is forgotten. Begin again.", "Gone");
}
