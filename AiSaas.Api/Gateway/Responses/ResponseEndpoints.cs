using System.Buffers;
using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Responses;
using AiSaas.Llm.Wire;

namespace AiSaas.Api.Gateway.Responses;

/// <summary>OpenAI's <c>/v1/responses</c>: making, fetching, watching, cancelling, deleting. Another's response is not found.</summary>
internal static class ResponseEndpoints
{
    public static void MapResponses(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/responses", CreateAsync).WithTags("Gateway");
        app.MapGet("/v1/responses/{id}", context => WithAsync(context, ReadAsync)).WithTags("Gateway");
        app.MapDelete("/v1/responses/{id}", context => WithAsync(context, DeleteAsync)).WithTags("Gateway");
        app.MapPost("/v1/responses/{id}/cancel", context => WithAsync(context, CancelAsync)).WithTags("Gateway");
        app.MapGet("/v1/responses/{id}/input_items", context => WithAsync(context, InputItems.ListAsync)).WithTags("Gateway");
    }

    private static async Task CreateAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var id = CallId.New();
        try
        {
            var (caller, refusal) = await services.GetRequiredService<GatewayAuthentication>().CallerAsync(context);
            if (caller is null)
            {
                await RefuseAsync(context, refusal!, id);
                return;
            }

            using var body = await RequestBody.ReadAsync(context);
            if (body is null)
            {
                await RefuseAsync(context, RequestBody.TooLarge, id);
                return;
            }

            var request = GatewayEndpoints.Request(context, id, WireApi.Responses, caller, body);
            switch (await services.GetRequiredService<CreateResponse>().HandleAsync(
                request, new HttpAnswerSink(context, WireApi.Responses), context.RequestAborted))
            {
                case CreateOutcome.Refused(var error):
                    await RefuseAsync(context, error, id);
                    break;
                case CreateOutcome.Queued(var queued, IsStreamed: true):
                    context.Response.Headers["x-request-id"] = id.ToString();
                    await WatchAsync(context, caller, queued, after: null);
                    break;
                case CreateOutcome.Queued(var queued, _):
                    context.Response.Headers["x-request-id"] = id.ToString();
                    await WriteAsync(context, queued.Response);
                    break;
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left; what it asked for in the background goes on.
        }
    }

    private static async Task ReadAsync(HttpContext context, GatewayCaller caller, string id)
    {
        if (await FindAsync(context, caller, id) is not { } found)
        {
            return;
        }

        if (!IsTrue(context.Request.Query["stream"]))
        {
            await WriteAsync(context, found.Current());
            return;
        }

        string? position = context.Request.Query["starting_after"];
        if (!string.IsNullOrEmpty(position) && !long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            await RefuseAsync(context, new(400, "invalid_request", "'starting_after' is the sequence_number of an event.", "starting_after"));
            return;
        }

        await WatchAsync(context, caller, found, string.IsNullOrEmpty(position) ? null : long.Parse(position, CultureInfo.InvariantCulture));
    }

    private static async Task CancelAsync(HttpContext context, GatewayCaller caller, string id)
    {
        if (await FindAsync(context, caller, id) is not { } found)
        {
            return;
        }

        if (!found.IsBackground)
        {
            await RefuseAsync(context, new(400, "invalid_request", "Only background responses can be cancelled; this one has ended already.", "id"));
            return;
        }

        var stopped = await context.RequestServices.GetRequiredService<BackgroundResponses>()
            .CancelAsync(caller.Tenant, caller.User, id, context.RequestAborted);
        await (stopped is null ? RefuseAsync(context, NotFound(id)) : WriteAsync(context, stopped.Current()));
    }

    private static async Task DeleteAsync(HttpContext context, GatewayCaller caller, string id)
    {
        if (!await context.RequestServices.GetRequiredService<BackgroundResponses>().DeleteAsync(caller.Tenant, caller.User, id, context.RequestAborted))
        {
            await RefuseAsync(context, NotFound(id));
            return;
        }

        await WriteAsync(context, ResponseViews.Deleted(id));
    }

    private static Task WatchAsync(HttpContext context, GatewayCaller caller, StoredResponse response, long? after) =>
        SseRelay.RunAsync(
            context,
            context.RequestServices.GetRequiredService<ResponseLogReader>().ReadAsync(caller.Tenant, caller.User, response, after, context.RequestAborted),
            static (body, frames) => body.Write(frames.Span),
            end: default);

    /// <summary>The response, or null after a refusal has been written.</summary>
    internal static async Task<StoredResponse?> FindAsync(HttpContext context, GatewayCaller caller, string id)
    {
        var found = await context.RequestServices.GetRequiredService<ResponseStore>().FindAsync(caller.Tenant, caller.User, id, context.RequestAborted);
        if (found is null)
        {
            await RefuseAsync(context, NotFound(id));
        }

        return found;
    }

    internal static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.BodyWriter.WriteAsync(json, context.RequestAborted);
    }

    internal static Task RefuseAsync(HttpContext context, GatewayError error, CallId? id = null) =>
        GatewayEndpoints.RefuseAsync(context, WireApi.Responses, id ?? CallId.New(), error);

    private static async Task WithAsync(HttpContext context, Func<HttpContext, GatewayCaller, string, Task> handleAsync)
    {
        try
        {
            var (caller, refusal) = await context.RequestServices.GetRequiredService<GatewayAuthentication>().CallerAsync(context);
            await (caller is null
                ? RefuseAsync(context, refusal!)
                : handleAsync(context, caller, context.Request.RouteValues["id"]?.ToString() ?? ""));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left.
        }
    }

    private static GatewayError NotFound(string id) =>
        new(404, "response_not_found", $"Response with id '{(id.Length > 100 ? id[..100] + "…" : id)}' not found.", "id");

    private static bool IsTrue(string? flag) => flag is "true" or "True" or "1";
}
