using AiSaas.Core.Batches;
using AiSaas.Core.Gateway;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AiSaas.Api.Batches;

/// <summary>OpenAI's <c>/v1/files</c>, for batches: bring a file, look, fetch, delete. They are the workspace's.</summary>
internal static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/files", context => GatewayRoute.WithAsync(context, CreateAsync)).WithTags("Gateway");
        app.MapGet("/v1/files", context => GatewayRoute.WithAsync(context, ListAsync)).WithTags("Gateway");
        app.MapGet("/v1/files/{id}", context => GatewayRoute.WithAsync(context, ReadAsync)).WithTags("Gateway");
        app.MapGet("/v1/files/{id}/content", context => GatewayRoute.WithAsync(context, ContentAsync)).WithTags("Gateway");
        app.MapDelete("/v1/files/{id}", context => GatewayRoute.WithAsync(context, DeleteAsync)).WithTags("Gateway");
    }

    private static async Task<GatewayError?> CreateAsync(HttpContext context, GatewayCaller caller)
    {
        var files = context.RequestServices.GetRequiredService<BatchFiles>();
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).ToString() is not { Length: > 0 and <= 100 } boundary)
        {
            return new(400, "invalid_request", "Send the file as multipart/form-data, with the fields 'purpose' and 'file'.", "file");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = files.MaxBytes + (64 << 10);
        }

        FileForm form = new(files, caller.Tenant);
        bool isKept = false;
        try
        {
            MultipartReader reader = new(boundary, context.Request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 16 << 10 };
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (await form.TakeAsync(section, context.RequestAborted) is { } fault)
                {
                    return fault;
                }
            }

            if (form.Fault() is { } missing)
            {
                return missing;
            }

            var kept = await files.KeepAsync(caller, form.Content!.Value, form.Name, form.Bytes, form.Lifetime, context.RequestAborted);
            isKept = kept is not null;
            if (kept is null)
            {
                return new(429, "rate_limit_exceeded", "The workspace has as many files as it may have. Delete some, or wait until they expire.");
            }

            await GatewayRoute.WriteAsync(context, BatchFileViews.Of(kept));
            return null;
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return FileForm.TooLarge(files.MaxBytes);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            return new(400, "invalid_request", "The upload broke off, or is not proper multipart/form-data.", "file");
        }
        finally
        {
            if (!isKept && form.Content is { } content)
            {
                // The caller may have gone, and its token with it; what it sent is not kept.
                await files.DiscardAsync(caller.Tenant, content, CancellationToken.None);
            }
        }
    }

    private static async Task<GatewayError?> ListAsync(HttpContext context, GatewayCaller caller)
    {
        var query = context.Request.Query;
        BatchFileId after = default;
        if (!GatewayRoute.TryReadLimit(context, ordinarily: 100, most: 10_000, out int limit))
        {
            return new(400, "invalid_request", "'limit' is 1 to 10000.", "limit");
        }

        if (query["after"].ToString() is { Length: > 0 } cursor && !WireIds.TryParse(cursor, out after))
        {
            return new(400, "invalid_request", "'after' is the id of a file.", "after");
        }

        var found = await context.RequestServices.GetRequiredService<BatchFiles>().ListAsync(
            caller.Tenant, query["purpose"], after == default ? null : after, query["order"] == "asc", limit, context.RequestAborted);
        await GatewayRoute.WriteAsync(context, BatchFileViews.Page(found, limit));
        return null;
    }

    private static async Task<GatewayError?> ReadAsync(HttpContext context, GatewayCaller caller)
    {
        if (await FindAsync(context, caller) is not { } found)
        {
            return NotFound(context);
        }

        await GatewayRoute.WriteAsync(context, BatchFileViews.Of(found));
        return null;
    }

    private static async Task<GatewayError?> ContentAsync(HttpContext context, GatewayCaller caller)
    {
        if (await FindAsync(context, caller) is not { } found)
        {
            return NotFound(context);
        }

        if (found.Batch is { } batch)
        {
            var results = context.RequestServices.GetRequiredService<BatchResults>();
            await new LinesResult(results, caller.Tenant, batch, found.IsErrors ? BatchLines.Failed : BatchLines.Succeeded, -1, int.MaxValue).ExecuteAsync(context);
            return null;
        }

        await using var content = await context.RequestServices.GetRequiredService<BatchFiles>().OpenAsync(caller.Tenant, found, context.RequestAborted);
        if (content is null)
        {
            return NotFound(context);
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = content.Length;
        await content.CopyToAsync(context.Response.Body, context.RequestAborted);
        return null;
    }

    private static async Task<GatewayError?> DeleteAsync(HttpContext context, GatewayCaller caller)
    {
        if (!WireIds.TryParse(Id(context), out BatchFileId file)
            || !await context.RequestServices.GetRequiredService<BatchFiles>().DeleteAsync(caller.Tenant, file, context.RequestAborted))
        {
            return NotFound(context);
        }

        await GatewayRoute.WriteAsync(context, BatchFileViews.Deleted(file));
        return null;
    }

    private static async Task<BatchFile?> FindAsync(HttpContext context, GatewayCaller caller) => WireIds.TryParse(Id(context), out BatchFileId file)
        ? await context.RequestServices.GetRequiredService<BatchFiles>().FindAsync(caller.Tenant, file, context.RequestAborted)
        : null;

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]?.ToString() ?? "";

    private static GatewayError NotFound(HttpContext context) =>
        new(404, "file_not_found", $"No such File object: {GatewayRoute.Short(Id(context))}", "id");
}
