using System.Collections.Frozen;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Providers;

/// <summary>All providers that requests can be forwarded to.</summary>
public sealed partial class ProviderRegistry : IDisposable
{
    private readonly FrozenDictionary<string, ProviderEndpoint> _configured;
    private readonly FrozenDictionary<string, ProviderEndpoint> _byOwnKey;

    public ProviderRegistry(IOptions<GatewayOptions> options, TimeProvider clock, ILogger<ProviderRegistry> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = options.Value;
        _configured = settings.Providers
            .Select(entry => Build(entry.Key, ProviderKind.Find(entry.Value.Kind ?? entry.Key)!, entry.Value, settings.Deadlines, clock, logger))
            .ToFrozenDictionary(endpoint => endpoint.Name, StringComparer.OrdinalIgnoreCase);

        // Connections are made when they are used: an endpoint that nobody brings a key for costs a few objects.
        _byOwnKey = ProviderKind.All
            .Where(kind => kind.HasOneAddress && !settings.Providers.ContainsKey(kind.Name))
            .Select(kind => new ProviderEndpoint(kind.Name, kind, new(), settings.Deadlines, new(kind.Name, [], clock), clock))
            .ToFrozenDictionary(endpoint => endpoint.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The configured ones.</summary>
    public IReadOnlyCollection<ProviderEndpoint> All => _configured.Values;

    /// <summary>A configured provider; null if there is none of that name.</summary>
    public ProviderEndpoint? Find(string name) => _configured.GetValueOrDefault(name);

    /// <summary>A provider that a tenant may bring a key for: a configured one, or a known one with an address of its own.
    /// Never an address that a tenant names.</summary>
    public ProviderEndpoint? FindForOwnKey(string name) => Find(name) ?? _byOwnKey.GetValueOrDefault(name);

    /// <summary>The names that <see cref="FindForOwnKey"/> knows.</summary>
    public IReadOnlyList<string> NamesForOwnKeys => [.. _configured.Keys.Concat(_byOwnKey.Keys).Order(StringComparer.OrdinalIgnoreCase)];

    public void Dispose()
    {
        foreach (var endpoint in _configured.Values.Concat(_byOwnKey.Values))
        {
            endpoint.Dispose();
        }
    }

    private static ProviderEndpoint Build(
        string name, ProviderKind kind, ProviderOptions settings, DeadlineOptions deadlines, TimeProvider clock, ILogger logger)
    {
        KeyPool keys = new(name, ProviderKey.All(name, settings.ApiKeys is [] ? [""] : settings.ApiKeys), clock)
        {
            Changed = (_, state) => Note(state, logger),
        };
        return new(name, kind, settings, deadlines, keys, clock);
    }

    private static void Note(KeyState state, ILogger logger)
    {
        if (state.Condition == KeyCondition.Ready)
        {
            Log.IsBack(logger, state.Id);
        }
        else
        {
            Log.IsOut(logger, state.Id, state.Condition, state.Until, state.Reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Key {Key} is {Condition} until {Until}: {Reason}")]
        public static partial void IsOut(ILogger logger, string key, KeyCondition condition, DateTimeOffset? until, string? reason);

        [LoggerMessage(2, LogLevel.Information, "Key {Key} is in use again")]
        public static partial void IsBack(ILogger logger, string key);
    }
}
