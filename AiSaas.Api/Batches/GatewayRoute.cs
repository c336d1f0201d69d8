using System.Globalization;
using AiSaas.Api.Gateway;
using AiSaas.Core.Gateway;
using AiSaas.Llm.Wire;

namespace AiSaas.Api.Batches;

/// <summary>What routes of OpenAI's API share that call no model: who asks, errors in that API's shape.</summary>
internal static partial class GatewayRoute
{
    /// <param name="context">The request.</param>
    /// <param name="handleAsync">Writes an answer, or says why not.</param>
    public static async Task WithAsync(HttpContext context, Func<HttpContext, GatewayCaller, Task<GatewayError?>> handleAsync)
    {
        var id = CallId.New();
        context.Response.Headers["x-request-id"] = id.ToString();
        try
        {
            var (caller, refusal) = await context.RequestServices.GetRequiredService<GatewayAuthentication>().CallerAsync(context);
            if ((caller is null ? refusal : await handleAsync(context, caller)) is { } error)
            {
                await GatewayEndpoints.RefuseAsync(context, WireApi.ChatCompletions, id, error);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left.
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            Log.Failed(context.RequestServices.GetRequiredService<ILogger<GatewayEngine>>(), context.Request.Path, id, fault);
            await GatewayEndpoints.RefuseAsync(
                context, WireApi.ChatCompletions, id, new(500, "internal_error", $"Something went wrong on our side. Its number is {id}."));
        }
    }

    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.BodyWriter.WriteAsync(json, context.RequestAborted);
    }

    public static bool TryReadLimit(HttpContext context, int ordinarily, int most, out int limit)
    {
        string? asked = context.Request.Query["limit"];
        limit = ordinarily;
        return string.IsNullOrEmpty(asked) || (int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= most);
    }

    /// <summary>What a client sent, to be repeated to it.</summary>
    public static string Short(string text) => text.Length > 100 ? text[..100] + "…" : text;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Path} failed with {Call}")]
        public static partial void Failed(ILogger logger, string path, CallId call, Exception fault);
    }
}
