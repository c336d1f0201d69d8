using System.Collections.Concurrent;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Telemetry;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Providers;

/// <summary>Builds the clients of configured providers; connections are shared per provider.</summary>
internal sealed class ProviderClients(GatewayOptions options, TimeProvider clock) : IDisposable
{
    /// <summary>Model names come from outside too (<c>openai/anything</c>): beyond this many, clients are built for each call.</summary>
    private const int KeptClients = 1_000;

    private readonly ConcurrentDictionary<(string Provider, string Model, string Secret), IChatClient> _chat = new();
    private readonly ConcurrentDictionary<string, HttpClient> _http = new(StringComparer.OrdinalIgnoreCase);

    public Deadlines Deadlines { get; } = new(
        TimeSpan.FromSeconds(options.Deadlines.FirstTokenSeconds),
        TimeSpan.FromSeconds(options.Deadlines.StallSeconds),
        TimeSpan.FromSeconds(options.Deadlines.AnswerSeconds));

    /// <summary>The client of a model under one key, outermost first: figures, deadlines, completeness, errors, SDK.</summary>
    public IChatClient Chat(RouteTarget target, ProviderKey key)
    {
        var name = (target.Provider, target.Model, key.Secret);
        if (_chat.TryGetValue(name, out var known))
        {
            return known;
        }

        var (kind, settings) = Resolve(target.Provider);
        var client = kind.Chat(kind.AddressOf(settings), key.Secret, target.Model, Http(target.Provider));
        client = new ErrorTranslatingChatClient(client, new(kind, key.Secret));
        client = Governed(new CompleteStreamChatClient(client), kind.TelemetryName ?? target.Provider, target.Model);
        return _chat.Count < KeptClients ? _chat.GetOrAdd(name, client) : client;
    }

    /// <summary>What every attempt gets, the local model's too.</summary>
    public IChatClient Governed(IChatClient client, string telemetryName, string model) =>
        new TelemetryChatClient(new DeadlineChatClient(client, Deadlines, clock), telemetryName, model, clock);

    public void Dispose()
    {
        foreach (var http in _http.Values)
        {
            http.Dispose();
        }
    }

    private HttpClient Http(string provider) => _http.GetOrAdd(provider, name =>
    {
        var (kind, settings) = Resolve(name);
        return ProviderHttp.ForSdk(kind, settings, options.Deadlines, clock);
    });

    private (ProviderKind Kind, ProviderOptions Settings) Resolve(string provider)
    {
        // The validator has seen the configured ones; a tenant's own key also reaches a known kind that nobody configured.
        var settings = options.Providers.GetValueOrDefault(provider) ?? new ProviderOptions();
        return (ProviderKind.Find(settings.Kind ?? provider)!, settings);
    }
}
