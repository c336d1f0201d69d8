using System.Globalization;
using System.IO.Pipelines;
using AiSaas.Core.Gateway;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Primitives;

namespace AiSaas.Api.Gateway;

/// <summary>Writes an answer as an HTTP response with the gateway's headers.</summary>
internal sealed class HttpAnswerSink(HttpContext context, WireApi api) : IAnswerSink
{
    private const string CostHeader = "x-aisaas-cost";

    public PipeWriter Begin(AnswerHead head)
    {
        var response = context.Response;
        var headers = response.Headers;
        response.StatusCode = head.Status;
        if (head.IsStreamed)
        {
            response.ContentType = "text/event-stream";
            headers.CacheControl = "no-cache";
            headers["x-accel-buffering"] = "no";
            if (response.SupportsTrailers())
            {
                // A stream's cost is known at its end.
                response.DeclareTrailer(CostHeader);
            }
        }
        else
        {
            response.ContentType = "application/json";
            response.ContentLength = head.Length;
        }

        string id = head.Id.ToString();
        headers["x-request-id"] = id;
        if (api == WireApi.Messages)
        {
            // Where Anthropic's clients look for it.
            headers["request-id"] = id;
        }

        headers["x-aisaas-attempts"] = Number(head.Attempts);
        headers["x-aisaas-cache"] = head.Cache;
        Set(headers, "x-aisaas-provider", head.Provider);
        Set(headers, "x-aisaas-model", head.Model);
        Set(headers, CostHeader, head.CostNanos is { } cost ? Dollars(cost) : null);
        LimitResponseHeaders.Set(headers, api, head.Limits);
        if (head.RetryAfter is { } pause)
        {
            headers.RetryAfter = Number((long)Math.Ceiling(Math.Max(pause.TotalSeconds, 1)));
        }

        return response.BodyWriter;
    }

    public void Ended(long costNanos)
    {
        if (context.Response.SupportsTrailers() && !context.RequestAborted.IsCancellationRequested)
        {
            context.Response.AppendTrailer(CostHeader, Dollars(costNanos));
        }
    }

    private static string Dollars(long nanos) => (nanos / 1_000_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Set(IHeaderDictionary headers, string name, string? value)
    {
        if (value is not null)
        {
            // Names of models come from clients too; what no header can carry is left out.
            headers[name] = value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? StringValues.Empty : value;
        }
    }
}
