using System.Collections.Concurrent;
using AiSaas.Llm.Local;
using AiSaas.Llm.Local.UseLite;
using AiSaas.Llm.Providers;
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
    private readonly ProviderClients _providers;
    private readonly Lazy<UseLiteEmbeddingGenerator> _local;
    private readonly ConcurrentDictionary<string, IEmbeddingGenerator<string, Embedding<float>>> _generators = new(StringComparer.OrdinalIgnoreCase);

    public EmbeddingCatalog(IOptions<GatewayOptions> options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _clock) = (options.Value, clock);
        _providers = new(_options, clock);
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

    public void Dispose() => _providers.Dispose();

    private IEmbeddingGenerator<string, Embedding<float>>? Build(string name)
    {
        if (_options.Embeddings.TryGetValue(name, out var configured) && !IsLocal(configured.Provider))
        {
            return _providers.Embeddings(configured.Provider, configured.Model, configured.Dimensions);
        }

        return configured is not null || name.Equals(LocalModels.UseLite, StringComparison.OrdinalIgnoreCase)
            ? new TelemetryEmbeddingGenerator(_local.Value, LocalModels.Provider, LocalModels.UseLite, _clock)
            : null;
    }

    private static bool IsLocal(string provider) => provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase);
}
