using System.Collections.Concurrent;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Routing;

/// <summary>The health of every target, shared by all routes that lead there and by both faces of the gateway.</summary>
public sealed class HealthBoard(IOptions<GatewayOptions> options, TimeProvider clock)
{
    /// <summary>Model names come from outside too (<c>openai/anything</c>): those beyond are not remembered.</summary>
    private const int MostTargets = 2_000;

    private readonly ConcurrentDictionary<(string Provider, string Model), TargetHealth> _targets = new();

    public TargetHealth Of(string provider, string model)
    {
        var key = (provider, model);
        if (_targets.TryGetValue(key, out var known))
        {
            return known;
        }

        TargetHealth made = new(provider, model, options.Value.Breaker, clock);
        return _targets.Count < MostTargets ? _targets.GetOrAdd(key, made) : made;
    }

    public IReadOnlyList<TargetSnapshot> Snapshot() =>
        [.. _targets.Values.Select(target => target.Snapshot()).OrderBy(target => target.Provider, StringComparer.Ordinal).ThenBy(target => target.Model, StringComparer.Ordinal)];

    /// <summary>Forgets a provider's failures.</summary>
    public void Reset(string provider)
    {
        foreach (var target in _targets.Values.Where(target => target.Provider.Equals(provider, StringComparison.OrdinalIgnoreCase)))
        {
            target.Reset();
        }
    }
}
