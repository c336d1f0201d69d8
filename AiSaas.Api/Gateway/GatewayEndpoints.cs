using AiSaas.Api.Gateway.Responses;
using AiSaas.Core.Gateway;
using AiSaas.Llm.Wire;

namespace AiSaas.Api.Gateway;

/// <summary>The gateway's HTTP face: what OpenAI's and Anthropic's clients talk to.</summary>
internal static partial class GatewayEndpoints
{
    /// <summary>Headers of Anthropic's and OpenAI's APIs that change what a request means.</summary>
    private static readonly string[] Meaningful = ["anthropic-version", "anthropic-beta", "openai-beta", "openai-organization", "openai-project"];

    private static readonly IReadOnlyList<KeyValuePair<string, string>> NoHeaders = [];

    public static void MapGateway(this IEndpointRouteBuilder app)
    {
        // Bare delegates: parameter binding and filters would cost as much as the rest of a call.
        app.MapPost("/v1/chat/completions", context => HandleAsync(context, WireApi.ChatCompletions)).WithTags("Gateway");
        app.MapPost("/v1/embeddings", context => HandleAsync(context, WireApi.Embeddings)).WithTags("Gateway");
        app.MapPost("/v1/messages", context => HandleAsync(context, WireApi.Messages)).WithTags("Gateway");
        app.MapPost("/v1/messages/count_tokens", context => HandleAsync(context, WireApi.Messages, counts: true)).WithTags("Gateway");
        app.MapResponses();
        app.MapModels();
    }

    /// <summary>Writes an error in the shape of the client's API.</summary>
    public static Task RefuseAsync(HttpContext context, WireApi api, CallId id, GatewayError error) =>
        error.SendAsync(api, id, new HttpAnswerSink(context, api), default, context.RequestAborted);

    /// <summary>What the engine is asked.</summary>
    public static GatewayRequest Request(HttpContext context, CallId id, WireApi api, GatewayCaller caller, RequestBody body) =>
        new(id, api, caller, body.Bytes) { Cache = Wish(context.Request), Headers = MeaningfulOf(context.Request) };

    private static async Task HandleAsync(HttpContext context, WireApi api, bool counts = false)
    {
        var services = context.RequestServices;
        var id = CallId.New();
        try
        {
            var (caller, refusal) = await services.GetRequiredService<GatewayAuthentication>().CallerAsync(context);
            if (caller is null)
            {
                await RefuseAsync(context, api, id, refusal!);
                return;
            }

            using var body = await RequestBody.ReadAsync(context);
            if (body is null)
            {
                await RefuseAsync(context, api, id, RequestBody.TooLarge);
                return;
            }

            var engine = services.GetRequiredService<GatewayEngine>();
            GatewayRequest request = Request(context, id, api, caller, body);
            HttpAnswerSink sink = new(context, api);
            await (counts ? engine.CountTokensAsync(request, sink, context.RequestAborted) : engine.HandleAsync(request, sink, context.RequestAborted));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left; the engine has filed what it cost.
        }
        catch (BadHttpRequestException fault) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, api, id, new(fault.StatusCode, "invalid_request", fault.Message));
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            Log.Failed(services.GetRequiredService<ILogger<GatewayEngine>>(), id, fault);
            await RefuseAsync(context, api, id, new(500, "internal_error", $"Something went wrong on our side. Its number is {id}."));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The gateway failed with {Call}")]
        public static partial void Failed(ILogger logger, CallId call, Exception fault);
    }

    private static CacheWish Wish(HttpRequest request) => request.Headers["x-aisaas-cache"].ToString().ToLowerInvariant() switch
    {
        "off" or "no-store" or "no-cache" => CacheWish.Off,
        "on" or "exact" => CacheWish.Exact,
        "semantic" => CacheWish.Semantic,
        _ => CacheWish.Default,
    };

    private static IReadOnlyList<KeyValuePair<string, string>> MeaningfulOf(HttpRequest request)
    {
        List<KeyValuePair<string, string>>? found = null;
        foreach (string name in Meaningful)
        {
            if (request.Headers.TryGetValue(name, out var value))
            {
                (found ??= []).Add(new(name, value.ToString()));
            }
        }

        return found ?? NoHeaders;
    }
}
