using AiSaas.Llm.Keys;
using AiSaas.Llm.Local;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Models;

/// <summary>Turns a model's name into a client that routes, waits within limits and reports its attempts.</summary>
/// <remarks>A client is made for a call and light; connections and health are shared by all.</remarks>
public sealed class ModelCatalog : IDisposable
{
    private readonly GatewayOptions _options;
    private readonly RouteTable _routes;
    private readonly RouteContext _context;
    private readonly ProviderClients _providers;
    private readonly IChatClient _extractive;

    public ModelCatalog(IOptions<GatewayOptions> options, RouteTable routes, RouteContext context, ExtractiveChatClient extractive, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _routes, _context) = (options.Value, routes, context);
        _providers = new(_options, clock);
        _extractive = _providers.Governed(extractive, LocalModels.Provider, LocalModels.Extractive);
        DefaultModel = ModelNames.DefaultOf(_options);
        Names = ModelNames.All(_options);
    }

    /// <summary>The model for those who name none.</summary>
    public string DefaultModel { get; }

    /// <summary>The models to offer, the default first. More names resolve: <c>provider/model</c>, <c>gpt-…</c>, <c>claude-…</c>.</summary>
    public IReadOnlyList<string> Names { get; }

    public bool Contains(string name) => ModelNames.Find(_options, name) is not null;

    /// <summary>Who is asked first for this model; null if the name means nothing here.</summary>
    public string? ProviderOf(string name) => ModelNames.Find(_options, name) is { Targets: [var first, ..] } ? first.Provider : null;

    /// <summary>Whether a name means nothing but the extractive answerer, which the UI labels.</summary>
    public bool IsExtractive(string name) =>
        ModelNames.Find(_options, name) is { } model
        && model.Targets.All(target => target.Provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase));

    /// <summary>Null if the name means nothing here.</summary>
    /// <param name="name">A logical model, <c>provider/model</c>, or a provider's own name for it.</param>
    /// <param name="ownKeys">Keys that override the configured ones, by provider.</param>
    public IChatClient? Find(string name, IReadOnlyDictionary<string, KeyPool>? ownKeys = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _routes.FindChat(name, ownKeys) is { } route
            ? new LogicalModelClient(route, ownKeys, ClientOf, _options.Deadlines, _context)
            : null;
    }

    /// <exception cref="KeyNotFoundException">The name means nothing here.</exception>
    public IChatClient Get(string name, IReadOnlyDictionary<string, KeyPool>? ownKeys = null) =>
        Find(name, ownKeys) ?? throw new KeyNotFoundException($"There is no model '{name}'. There are: {string.Join(", ", Names)}.");

    public void Dispose() => _providers.Dispose();

    private IChatClient ClientOf(RouteTarget target, ProviderKey key) => target.IsLocal ? _extractive : _providers.Chat(target, key);
}
