using System.Collections.Concurrent;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Local;
using AiSaas.Llm.Models;
using AiSaas.Llm.Prices;
using AiSaas.Llm.Providers;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Routing;

/// <summary>Turns a model's name into its route. Both faces of the gateway go by it.</summary>
public sealed class RouteTable(IOptions<GatewayOptions> options, ProviderRegistry providers, HealthBoard health, PriceTable prices)
{
    /// <summary>Names come from outside too (<c>openai/anything</c>): beyond this many, routes are built for each call.</summary>
    private const int KeptRoutes = 2_000;

    private readonly ConcurrentDictionary<string, Route> _chat = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Route> _embeddings = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By providers that only tenants bring keys for, under provider and name.</summary>
    private readonly ConcurrentDictionary<(string Provider, string Name), Route> _own = new();

    /// <summary>Null if the name means nothing here.</summary>
    /// <param name="name">As it was asked for.</param>
    /// <param name="ownKeys">The tenant's own: they also open known providers that nobody configured.</param>
    public Route? FindChat(string name, IReadOnlyDictionary<string, KeyPool>? ownKeys) =>
        FindChat(name) ?? (ownKeys is null ? null : FindOwn(name, ownKeys.Keys));

    /// <inheritdoc cref="FindChat(string, IReadOnlyDictionary{string, KeyPool}?)"/>
    public Route? FindEmbeddings(string name, IReadOnlyDictionary<string, KeyPool>? ownKeys) =>
        FindEmbeddings(name) ?? (ownKeys is null ? null : FindOwn(name, ownKeys.Keys));

    /// <summary>Null if the name means nothing here.</summary>
    public Route? FindChat(string name) => Find(_chat, name, static (table, asked) => ModelNames.Find(table.Options, asked) is { } model
        ? table.Build(asked, model, depth: 0)
        : null);

    /// <summary>Null if the name means nothing here.</summary>
    public Route? FindEmbeddings(string name) => Find(_embeddings, name, static (table, asked) => table.EmbeddingsOf(asked));

    private GatewayOptions Options => options.Value;

    private Route? Find(ConcurrentDictionary<string, Route> known, string name, Func<RouteTable, string, Route?> build)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (known.TryGetValue(name, out var route))
        {
            return route;
        }

        return build(this, name) is not { } built ? null : known.Count < KeptRoutes ? known.GetOrAdd(name, built) : built;
    }

    private Route? FindOwn(string name, IEnumerable<string> ownProviders)
    {
        if (ModelNames.FindOwn(Options, name, ownProviders) is not { } target)
        {
            return null;
        }

        var key = (target.Provider, name);
        if (_own.TryGetValue(key, out var known))
        {
            return known;
        }

        var built = Single(name, target.Provider, target.Model);
        return _own.Count < KeptRoutes ? _own.GetOrAdd(key, built) : built;
    }

    // Lists for special failures lead one step and no further: their own lists don't count.
    private Route Build(string name, ModelOptions model, int depth) => new(
        name, [.. model.Targets.Select(Target)], TargetOrder.Named(model.Strategy, Random.Shared))
    {
        OnContextTooLong = depth == 0 ? Detour(model.OnContextTooLong) : [],
        OnContentRefused = depth == 0 ? Detour(model.OnContentRefused) : [],
        HedgeAfter = model.HedgeAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    private IReadOnlyList<Route> Detour(IEnumerable<string> names) =>
        [.. names.Select(name => ModelNames.Find(Options, name) is { } model ? Build(name, model, depth: 1) : null).OfType<Route>()];

    private Route? EmbeddingsOf(string name)
    {
        if (Options.Embeddings.TryGetValue(name, out var configured))
        {
            TargetOptions first = new() { Provider = configured.Provider, Model = configured.Model };
            return new(name, [.. configured.Fallbacks.Prepend(first).Select(Target)], TargetOrder.Named(TargetOrder.Default, Random.Shared));
        }

        if (name.Equals(LocalModels.UseLite, StringComparison.OrdinalIgnoreCase))
        {
            return Single(name, LocalModels.Provider, LocalModels.UseLite);
        }

        // provider/model, or a name whose beginning tells the provider: as with chat models.
        return ModelNames.Find(Options, name) is { Targets: [{ } target] } && !target.Provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase)
            ? Single(name, target.Provider, target.Model)
            : null;
    }

    /// <summary>A reranker's route: a model at a provider. Null if the provider is not configured.</summary>
    internal Route? FindReranker(string provider, string model) =>
        providers.Find(provider) is null ? null : Single($"{provider}/{model}", provider, model);

    private Route Single(string name, string provider, string model) =>
        new(name, [Target(new() { Provider = provider, Model = model })], TargetOrder.Named(TargetOrder.Default, Random.Shared));

    private RouteTarget Target(TargetOptions target)
    {
        if (target.Provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase))
        {
            return new(LocalModels.Provider, LocalModels.Provider, target.Model, target.Weight, null, health.Of(LocalModels.Provider, target.Model));
        }

        var endpoint = providers.FindForOwnKey(target.Provider) ?? throw new KeyNotFoundException($"The provider '{target.Provider}' is not configured.");
        return new(endpoint.Name, endpoint.Kind, target.Model, target.Weight, endpoint, health.Of(endpoint.Name, target.Model))
        {
            Price = prices.Find(endpoint.Name, endpoint.Kind, target.Model),
        };
    }
}
