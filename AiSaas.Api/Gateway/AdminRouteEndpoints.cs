using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Gateway;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using RouteTarget = AiSaas.Contracts.Gateway.RouteTarget;

namespace AiSaas.Api.Gateway;

/// <summary>What models' names lead to, and what a call of one would do now.</summary>
internal static class AdminRouteEndpoints
{
    public static void MapRoutes(this RouteGroupBuilder admin)
    {
        admin.MapGet("/routes", List);
        admin.MapGet("/routes/{**model}", Explain);
    }

    private static Ok<Page<GatewayRoute>> List(RouteTable routes, ModelCatalog models, EmbeddingCatalog embeddings, IOptions<GatewayOptions> options)
    {
        var configured = options.Value;
        return TypedResults.Ok(new Page<GatewayRoute>(
        [
            .. models.Names.Select(name => Shown(
                routes.FindChat(name), "chat", configured.Models.GetValueOrDefault(name), name.Equals(models.DefaultModel, StringComparison.OrdinalIgnoreCase))).OfType<GatewayRoute>(),
            .. embeddings.Names.Select(name => Shown(
                routes.FindEmbeddings(name), "embeddings", null, name.Equals(embeddings.DefaultModel, StringComparison.OrdinalIgnoreCase), configured.Embeddings.ContainsKey(name))).OfType<GatewayRoute>(),
        ]));
    }

    private static async Task<Results<Ok<RouteExplanation>, ProblemHttpResult>> Explain(
        string model, CurrentUser caller, RouteTable routes, IOptions<GatewayOptions> options, TenantProviderKeys ownKeys, CancellationToken cancellation)
    {
        var own = await ownKeys.OfAsync(caller.Tenant, cancellation);
        if ((routes.FindChat(model, own) ?? routes.FindEmbeddings(model, own)) is not { } route)
        {
            return Problems.NotFound("gateway:no-model", "There is no such model.");
        }

        return TypedResults.Ok(new RouteExplanation(
            route.Name, options.Value.Models.GetValueOrDefault(model)?.Strategy ?? TargetOrder.Default,
            RouteWords.Explain([route], own), RouteWords.Explain(route.OnContextTooLong, own), RouteWords.Explain(route.OnContentRefused, own)));
    }

    private static GatewayRoute? Shown(Llm.Routing.Route? route, string api, ModelOptions? configured, bool isDefault, bool isLogical = false) => route is null ? null : new(
        route.Name, api, isLogical || configured is not null, isDefault, configured?.Strategy.ToLowerInvariant() ?? TargetOrder.Default,
        [.. route.Targets.Select(target => new RouteTarget(target.Provider, target.Kind, target.Model, target.Weight))],
        [.. route.OnContextTooLong.Select(detour => detour.Name)], [.. route.OnContentRefused.Select(detour => detour.Name)]);
}
