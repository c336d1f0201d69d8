using AiSaas.Contracts.Gateway;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;
using Route = AiSaas.Llm.Routing.Route;
using RouteTarget = AiSaas.Llm.Routing.RouteTarget;

namespace AiSaas.Api.Gateway;

/// <summary>Says in words what a call would do with each target, without doing it.</summary>
internal static class RouteWords
{
    public static IReadOnlyList<ExplainedTarget> Explain(IReadOnlyList<Route> routes, IReadOnlyDictionary<string, KeyPool>? ownKeys) =>
        [.. routes.SelectMany(route => route.Order.Of(route.Targets)).Select(target => Explain(target, ownKeys))];

    private static ExplainedTarget Explain(RouteTarget target, IReadOnlyDictionary<string, KeyPool>? ownKeys)
    {
        KeyPool? own = null;
        ownKeys?.TryGetValue(target.Provider, out own);
        var pool = own ?? target.Endpoint?.Keys;
        var (reason, wait) = Keys(pool, own is not null) ?? Rests(target) ?? (null, null);
        return new(
            target.Provider, target.Kind, target.Model, target.Weight, reason is not null, reason,
            wait is { } pause ? Math.Round(pause.TotalSeconds, 1) : null, pool is null ? "none" : own is null ? "house" : "own");
    }

    // Of the house's keys not more than that: what is wrong with each is for the operators.
    private static (string? Reason, TimeSpan? Wait)? Keys(KeyPool? pool, bool isOwn) =>
        pool is null ? null
        : pool.Count == 0 ? ("there is no usable key", null)
        : pool.NextIn() is { } wait
            ? (isOwn ? $"every own key rests: {string.Join("; ", pool.States().Select(state => $"{state.Id} {state.Reason}"))}" : "every key of the house rests", wait)
        : null;

    private static (string? Reason, TimeSpan? Wait)? Rests(RouteTarget target)
    {
        var health = target.Health.Snapshot();
        string because = TargetStates.Words(health.LastFailure) is { } words ? $" after {words}" : "";
        return health switch
        {
            { State: TargetState.Cooling, PausedFor: { } pause } => ($"it asked for a pause{because}", pause),
            { State: TargetState.Open, PausedFor: { } pause } => ($"its breaker is open{because}", pause),
            { State: TargetState.Probing } => ($"one call is finding out whether it works again{because}", null),
            _ => null,
        };
    }
}
