using System.Text.Json;
using AiSaas.Core.Gateway;
using AiSaas.Llm.Models;
using AiSaas.Llm.Wire;

namespace AiSaas.Api.Gateway;

/// <summary>The models that a caller may name, in the shape of the API that asks.</summary>
internal static class ModelEndpoints
{
    /// <summary>There is no such date; the APIs want one.</summary>
    private const long Created = 1_700_000_000;

    public static void MapModels(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/models", ListAsync).WithTags("Gateway");
        app.MapGet("/v1/models/{**model}", GetAsync).WithTags("Gateway");
    }

    private static async Task ListAsync(HttpContext context)
    {
        if (await CallerAsync(context) is not { } caller)
        {
            return;
        }

        var names = Names(context, caller);
        context.Response.ContentType = "application/json";
        await using Utf8JsonWriter json = new(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (string name in names)
        {
            Write(json, name, IsAnthropic(context));
        }

        json.WriteEndArray();
        if (IsAnthropic(context))
        {
            json.WriteBoolean("has_more"u8, false);
            json.WriteString("first_id"u8, names.Count > 0 ? names[0] : null);
            json.WriteString("last_id"u8, names.Count > 0 ? names[^1] : null);
        }

        json.WriteEndObject();
    }

    private static async Task GetAsync(HttpContext context)
    {
        if (await CallerAsync(context) is not { } caller)
        {
            return;
        }

        string asked = context.Request.RouteValues["model"]?.ToString() ?? "";
        if (Names(context, caller).FirstOrDefault(name => name.Equals(asked, StringComparison.OrdinalIgnoreCase)) is not { } known)
        {
            await GatewayEndpoints.RefuseAsync(context, Api(context), CallId.New(), GatewayError.NoModel(asked));
            return;
        }

        context.Response.ContentType = "application/json";
        await using Utf8JsonWriter json = new(context.Response.BodyWriter);
        Write(json, known, IsAnthropic(context));
    }

    private static async ValueTask<GatewayCaller?> CallerAsync(HttpContext context)
    {
        var (caller, refusal) = await context.RequestServices.GetRequiredService<GatewayAuthentication>().CallerAsync(context);
        if (caller is null)
        {
            await GatewayEndpoints.RefuseAsync(context, Api(context), CallId.New(), refusal!);
        }

        return caller;
    }

    private static List<string> Names(HttpContext context, GatewayCaller caller)
    {
        var services = context.RequestServices;
        var all = services.GetRequiredService<ModelCatalog>().Names.Concat(services.GetRequiredService<EmbeddingCatalog>().Names);
        return [.. (caller.AllowedModels is { Count: > 0 } allowed ? allowed : all).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static void Write(Utf8JsonWriter json, string name, bool isAnthropic)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, name);
        if (isAnthropic)
        {
            json.WriteString("type"u8, "model"u8);
            json.WriteString("display_name"u8, name);
            json.WriteString("created_at"u8, DateTimeOffset.FromUnixTimeSeconds(Created));
        }
        else
        {
            json.WriteString("object"u8, "model"u8);
            json.WriteNumber("created"u8, Created);
            json.WriteString("owned_by"u8, "aisaas"u8);
        }

        json.WriteEndObject();
    }

    // Anthropic's clients always send their version; nobody else does.
    private static bool IsAnthropic(HttpContext context) => context.Request.Headers.ContainsKey("anthropic-version");

    private static WireApi Api(HttpContext context) => IsAnthropic(context) ? WireApi.Messages : WireApi.ChatCompletions;
}
