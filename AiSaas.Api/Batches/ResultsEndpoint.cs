using System.Buffers;
using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Core.Batches;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Batches;

/// <summary>A batch's results as JSONL, in the order of its items, as far as there are any.</summary>
internal static class ResultsEndpoint
{
    public static async Task<Results<LinesResult, ProblemHttpResult>> Read(
        string id, string? after, string? limit, CurrentUser caller, BatchResults results, CancellationToken cancellation)
    {
        if (!JobId.TryParse(id, null, out var batch))
        {
            return NotFound();
        }

        var (exists, place) = await results.FindAsync(caller.Tenant, batch, after, cancellation);
        if (!exists)
        {
            return NotFound();
        }

        if (place is not { } from)
        {
            return Problems.Invalid("batch:bad-cursor", "'after' is the id of a line, or its place from 0.");
        }

        int most = int.MaxValue;
        return string.IsNullOrEmpty(limit) || (int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) && most > 0)
            ? new LinesResult(results, caller.Tenant, batch, BatchLines.All, from, most)
            : Problems.Invalid("batch:bad-limit", "'limit' is a number above 0.");
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("jobs:not-found", "There is no such batch.");
}

/// <summary>Writes pages of lines as they are read: in memory is one page, and a reader who takes nothing for 30 s is cut off.</summary>
internal sealed class LinesResult(BatchResults results, TenantId tenant, JobId batch, BatchLines which, int after, int limit) : IResult
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var clock = httpContext.RequestServices.GetRequiredService<TimeProvider>();
        httpContext.Response.ContentType = "application/jsonl";
        httpContext.Response.Headers.CacheControl = "no-cache";
        var body = httpContext.Response.BodyWriter;
        try
        {
            await foreach (var page in results.ReadAsync(tenant, batch, which, after, limit, httpContext.RequestAborted))
            {
                foreach (byte[] line in page)
                {
                    body.Write(line);
                    body.Write("\n"u8);
                    if (body.UnflushedBytes > 256 * 1024)
                    {
                        await body.FlushAsync(httpContext.RequestAborted).AsTask().WaitAsync(Patience, clock, httpContext.RequestAborted);
                    }
                }

                await body.FlushAsync(httpContext.RequestAborted).AsTask().WaitAsync(Patience, clock, httpContext.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The reader left.
        }
        catch (TimeoutException)
        {
            httpContext.Abort();
        }
    }
}
