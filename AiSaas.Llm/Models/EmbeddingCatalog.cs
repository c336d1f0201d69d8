using System.Collections.Concurrent;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Local;
using AiSaas.Llm.Local.UseLite;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Telemetry;
using AiSaas.Llm.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Models;

/// <summary>Turns an embedding model's name into a generator. The local one is loaded at its first use (0.2 s, 31 MB).</summary>
public sealed class EmbeddingCatalog : IDisposable
{
    private readonly GatewayOptions _options;
    private readonly TimeProvider _clock;
    private readonly RouteTable? _routes;
    private readonly RoutedPost? _post;
    private readonly Lazy<UseLiteEmbeddingGenerator> _local;
    private readonly ConcurrentDictionary<string, IEmbeddingGenerator<string, Embedding<float>>> _generators = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="options">Names and what they mean.</param>
    /// <param name="clock">For figures.</param>
    /// <param name="routes">Where names lead; without it there is the local model alone.</param>
    /// <param name="context">Goes with <paramref name="routes"/>.</param>
    public EmbeddingCatalog(IOptions<GatewayOptions> options, TimeProvider clock, RouteTable? routes = null, RouteContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _clock, _routes) = (options.Value, clock, routes);
        _post = context is null ? null : new(context, _options.Deadlines);
        _local = new(() => UseLiteEmbeddingGenerator.Load(ModelFolder.Resolve(_options.LocalModelFolder), clock));
        DefaultModel = string.IsNullOrWhiteSpace(_options.DefaultEmbeddingModel) ? LocalModels.UseLite : _options.DefaultEmbeddingModel;
        Names = [.. new[] { DefaultModel, LocalModels.UseLite }.Concat(_options.Embeddings.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    public string DefaultModel { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The default embedder.</summary>
    /// <exception cref="FileNotFoundException">It is the local one and its files are missing; the message says how to get them.</exception>
    public IEmbeddingGenerator<string, Embedding<float>> Default => Get(DefaultModel);

    /// <summary>Counts tokens as the local embedder does; close enough to size chunks for others.</summary>
    public ITokenCounter Tokens => _local.Value.Tokenizer;

    internal UseLiteEmbeddingGenerator? LocalIfInstalled
    {
        get
        {
            try
            {
                return _local.Value;
            }
            catch (FileNotFoundException)
            {
                // Not installed where another embedder is configured: the extractive answerer then goes by words alone.
                return null;
            }
        }
    }

    /// <summary>Null if the name means nothing here.</summary>
    public IEmbeddingGenerator<string, Embedding<float>>? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_generators.TryGetValue(name, out var known))
        {
            return known;
        }

        return Build(name) is { } built ? _generators.GetOrAdd(name, built) : null;
    }

    /// <exception cref="KeyNotFoundException">The name means nothing here.</exception>
    public IEmbeddingGenerator<string, Embedding<float>> Get(string name) =>
        Find(name) ?? throw new KeyNotFoundException($"There is no embedding model '{name}'. There are: {string.Join(", ", Names)}.");

    /// <summary>An embedder whose calls go out under a tenant's own keys, where it has any for the provider. Null if the name means nothing here.</summary>
    public IEmbeddingGenerator<string, Embedding<float>>? Find(string name, IReadOnlyDictionary<string, KeyPool>? ownKeys) =>
        ownKeys is null || IsLocal(name) ? Find(name) : Build(name, ownKeys);

    /// <summary>What is configured of a name; what is not has none of it.</summary>
    public EmbeddingModelOptions SettingsOf(string name) => _options.Embeddings.GetValueOrDefault(name) ?? new();

    /// <summary>Whether the name means the model of this process, which costs nothing.</summary>
    public bool IsLocal(string name) =>
        _options.Embeddings.TryGetValue(name, out var configured)
            ? configured.Provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase)
            : name.Equals(LocalModels.UseLite, StringComparison.OrdinalIgnoreCase);

    public void Dispose()
    {
        if (_local.IsValueCreated)
        {
            _local.Value.Dispose();
        }
    }

    private IEmbeddingGenerator<string, Embedding<float>>? Build(string name, IReadOnlyDictionary<string, KeyPool>? ownKeys = null)
    {
        if (IsLocal(name))
        {
            return new TelemetryEmbeddingGenerator(_local.Value, LocalModels.Provider, LocalModels.UseLite, _clock);
        }

        return _options.Embeddings.TryGetValue(name, out var configured) && _post is { } post && _routes?.FindEmbeddings(name) is { } route
            ? new RoutedEmbedder(name, configured, route, ownKeys, post, TimeSpan.FromSeconds(_options.Deadlines.AnswerSeconds))
            : null;
    }
}
