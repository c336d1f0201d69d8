using AiSaas.Api.Common;
using AiSaas.Api.Gateway;
using AiSaas.Contracts.Batches;
using AiSaas.Core.Batches;
using AiSaas.Core.Gateway;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AiSaas.Api.Batches;

/// <summary>Takes a batch as it arrives: one JSON object, a JSONL file as the body, or one in a form.</summary>
internal static class SubmitEndpoint
{
    private const int LongestField = 4_000;
    private const int MostFields = 20;

    public static void MapBatches(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapPost("/", Submit).Accepts<SubmitBatchRequest>("application/json", "application/jsonl", "application/jsonlines", "application/x-ndjson", "multipart/form-data");
        jobs.MapGet("/{id}/results", ResultsEndpoint.Read);
    }

    private static async Task<Results<Accepted<JobAccepted>, ProblemHttpResult>> Submit(
        HttpContext context, GatewayAuthentication authentication, SubmitBatch submit, IOptions<BatchOptions> options, CancellationToken cancellation)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // The form's own lines come on top.
            size.MaxRequestBodySize = options.Value.MaxBytes + (64 << 10);
        }

        try
        {
            if (await authentication.SignedInAsync(context) is not { } caller)
            {
                return Problems.Of(StatusCodes.Status401Unauthorized, "auth:required", "The key has been revoked.", "Sign in first");
            }

            return await SubmitAsync(context.Request, caller, submit, cancellation) switch
            {
                SubmitOutcome.Accepted(var job, var secret) => TypedResults.Accepted($"/api/jobs/{job}", new JobAccepted(job.Value, secret)),
                SubmitOutcome.Refused(var fault) => Refusal(fault),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problems.Of(
                StatusCodes.Status413PayloadTooLarge, "batch:too-large", $"A batch may have {options.Value.MaxBytes >> 20} MB. Send several.", "Too large");
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException && !cancellation.IsCancellationRequested)
        {
            return Problems.Invalid("batch:broken-upload", "The upload broke off, or is not proper multipart/form-data. Send it again.");
        }
    }

    private static async Task<SubmitOutcome> SubmitAsync(
        HttpRequest request, GatewayCaller caller, SubmitBatch submit, CancellationToken cancellation)
    {
        string type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.ToString().ToLowerInvariant() : "";
        return type switch
        {
            "application/jsonl" or "application/x-ndjson" or "application/jsonlines" =>
                await submit.LinesAsync(caller, Query(request), request.Body, cancellation),
            "multipart/form-data" when HeaderUtilities.RemoveQuotes(parsed!.Boundary).ToString() is { Length: > 0 and <= 100 } boundary =>
                await FormAsync(request, boundary, (settings, file) => submit.LinesAsync(caller, settings, file, cancellation), cancellation),
            _ => await submit.JsonAsync(caller, request.Body, cancellation),
        };
    }

    private static IEnumerable<KeyValuePair<string, string?>> Query(HttpRequest request) =>
        request.Query.Select(one => new KeyValuePair<string, string?>(one.Key, one.Value.ToString() is { Length: > 0 } value ? value : null));

    // Fields stand before the file: what comes after it would come after its lines were read.
    private static async Task<SubmitOutcome> FormAsync(
        HttpRequest request, string boundary, Func<IEnumerable<KeyValuePair<string, string?>>, Stream, Task<SubmitOutcome>> submitAsync,
        CancellationToken cancellation)
    {
        MultipartReader reader = new(boundary, request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 16 << 10 };
        List<KeyValuePair<string, string?>> fields = [.. Query(request)];
        while (await reader.ReadNextSectionAsync(cancellation) is { } section)
        {
            if (section.AsFileSection() is { FileStream: { } file } named && named.FileName.Length > 0)
            {
                return await submitAsync(fields, file);
            }

            if (section.AsFormDataSection() is { } field && fields.Count < MostFields)
            {
                fields.Add(new(field.Name, await FieldAsync(field.Section.Body, cancellation)));
            }
        }

        return new SubmitOutcome.Refused(new("batch:no-file", "The form holds no file. Put it into a field named 'file', after the others."));
    }

    private static async Task<string> FieldAsync(Stream body, CancellationToken cancellation)
    {
        byte[] buffer = new byte[LongestField];
        int read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, read);
    }

    private static ProblemHttpResult Refusal(BatchFault fault)
    {
        int status = fault.Code switch
        {
            "batch:too-many-open" => StatusCodes.Status429TooManyRequests,
            "batch:busy" => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
        Dictionary<string, object?> more = new() { ["code"] = fault.Code };
        foreach (var (name, value) in new (string, object?)[] { ("line", fault.Line), ("item", fault.Item), ("param", fault.Parameter) })
        {
            if (value is not null)
            {
                more[name] = value;
            }
        }

        return TypedResults.Problem(fault.Message, statusCode: status, title: "The batch can't be taken", extensions: more);
    }
}
