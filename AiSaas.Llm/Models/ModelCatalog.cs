using System.Collections.Concurrent;
using AiSaas.Llm.Local;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Models;

/// <summary>Turns a model's name into a client that routes, waits within limits and reports its attempts.</summary>
/// <remarks>Clients live as long as the catalog; don't dispose of them.</remarks>
public sealed class ModelCatalog : IDisposable
{
    /// <summary>Names come from outside too (<c>openai/anything</c>): beyond this many, clients are built for each call.</summary>
    private const int KeptClients = 256;

    private readonly GatewayOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<LogicalModelClient> _logger;
    private readonly ExtractiveChatClient _extractive;
    private readonly ProviderClients _providers;
    private readonly ConcurrentDictionary<string, IChatClient> _clients = new(StringComparer.OrdinalIgnoreCase);

    public ModelCatalog(IOptions<GatewayOptions> options, EmbeddingCatalog embeddings, TimeProvider clock, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(embeddings);
        (_options, _clock, _logger) = (options.Value, clock, loggers.CreateLogger<LogicalModelClient>());
        _extractive = new(() => embeddings.LocalIfInstalled, clock);
        _providers = new(_options, clock);
        DefaultModel = ModelNames.DefaultOf(_options);
        Names = ModelNames.All(_options);
    }

    /// <summary>The model for those who name none.</summary>
    public string DefaultModel { get; }

    /// <summary>The models to offer, the default first. More names resolve: <c>provider/model</c>, <c>gpt-…</c>, <c>claude-…</c>.</summary>
    public IReadOnlyList<string> Names { get; }

    public bool Contains(string name) => ModelNames.Find(_options, name) is not null;

    /// <summary>Whether a name means nothing but the extractive answerer, which the UI labels.</summary>
    public bool IsExtractive(string name) =>
        ModelNames.Find(_options, name) is { } model
        && model.Targets.All(target => target.Provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase));

    /// <summary>Null if the name means nothing here.</summary>
    public IChatClient? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_clients.TryGetValue(name, out var known))
        {
            return known;
        }

        if (ModelNames.Find(_options, name) is not { } model)
        {
            return null;
        }

        var client = Build(name, model);
        return _clients.Count < KeptClients ? _clients.GetOrAdd(name, client) : client;
    }

    /// <exception cref="KeyNotFoundException">The name means nothing here.</exception>
    public IChatClient Get(string name) =>
        Find(name) ?? throw new KeyNotFoundException($"There is no model '{name}'. There are: {string.Join(", ", Names)}.");

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        _providers.Dispose();
    }

    private LogicalModelClient Build(string name, ModelOptions model)
    {
        RouteTarget[] targets = [.. model.Targets.SelectMany(Targets)];
        return new(name, targets, TargetOrder.Named(model.Strategy, Random.Shared), TimeSpan.FromSeconds(_options.Deadlines.TotalSeconds), _clock, _logger);
    }

    private IEnumerable<RouteTarget> Targets(TargetOptions target)
    {
        if (target.Provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase))
        {
            return [new(LocalModels.Provider, LocalModels.Extractive, _providers.Governed(_extractive, LocalModels.Provider, LocalModels.Extractive), target.Weight)];
        }

        IChatClient[] clients = [.. _providers.Chat(target.Provider, target.Model)];
        return clients.Select(client => new RouteTarget(target.Provider, target.Model, client, target.Weight / clients.Length));
    }
}
