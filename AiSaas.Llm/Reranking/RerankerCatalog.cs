using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Reranking;

/// <summary>Rerankers of configured providers.</summary>
public sealed class RerankerCatalog(IOptions<GatewayOptions> options, RouteTable routes, RouteContext context)
{
    private readonly RoutedPost _post = new(context, options.Value.Deadlines);

    /// <param name="provider">As configured under <c>Gateway:Providers</c>.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="deadline">Of one attempt.</param>
    /// <returns>Null if that provider is not configured or can't rank.</returns>
    public (IReranker Reranker, Route Route)? Find(string provider, string model, TimeSpan deadline) =>
        routes.FindReranker(provider, model) is { } route && route.Targets[0].Endpoint is { Reranking: not null }
            ? (new RoutedReranker(route, _post, deadline), route)
            : null;
}
