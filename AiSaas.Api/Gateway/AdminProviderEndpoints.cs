using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Gateway;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Gateway.Live;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Local;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Routing;
using Microsoft.AspNetCore.Http.HttpResults;
using TargetHealth = AiSaas.Contracts.Gateway.TargetHealth;

namespace AiSaas.Api.Gateway;

/// <summary>Who answers, and how they do.</summary>
internal static class AdminProviderEndpoints
{
    public static void MapProviders(this RouteGroupBuilder admin)
    {
        admin.MapGet("/providers", List);
        admin.MapPost("/providers/{name}/reset", Reset);
    }

    private static async Task<Ok<Page<GatewayProvider>>> List(
        CurrentUser caller, ProviderRegistry providers, HealthBoard health, TenantProviderKeys ownKeys, Operators operators,
        TimeProvider clock, CancellationToken cancellation)
    {
        bool isOperator = operators.Include(caller.Tenant);
        var own = await ownKeys.OfAsync(caller.Tenant, cancellation);
        var targets = health.Snapshot().ToLookup(target => target.Provider, StringComparer.OrdinalIgnoreCase);
        return TypedResults.Ok(new Page<GatewayProvider>(
        [
            .. providers.All
                .Concat((own?.Keys ?? []).Select(providers.FindForOwnKey).OfType<ProviderEndpoint>())
                .Distinct()
                .OrderBy(endpoint => endpoint.Name, StringComparer.OrdinalIgnoreCase)
                .Select(endpoint => Shown(endpoint, providers.Find(endpoint.Name) is not null, isOperator, own, targets[endpoint.Name], clock)),
            new(LocalModels.Provider, LocalModels.Provider, "built in", true, [], [], Models(targets[LocalModels.Provider], clock)),
        ]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Reset(
        string name, CurrentUser caller, ProviderRegistry providers, ProviderResets resets, ProviderKeys keys, Operators operators, CancellationToken cancellation)
    {
        if (providers.FindForOwnKey(name) is not { } endpoint)
        {
            return Problems.NotFound("gateway:no-provider", "There is no such provider.");
        }

        // For everybody's calls by an operator; for the workspace's own keys by its admins.
        if (operators.Include(caller.Tenant))
        {
            resets.Reset(endpoint.Name);
        }

        foreach (var key in await keys.ListAsync(caller.Tenant, cancellation))
        {
            if (key.Provider.Equals(endpoint.Name, StringComparison.OrdinalIgnoreCase))
            {
                await keys.EnableAsync(caller.Tenant, key.Id, cancellation);
            }
        }

        return TypedResults.NoContent();
    }

    private static GatewayProvider Shown(
        ProviderEndpoint endpoint, bool isConfigured, bool isOperator, IReadOnlyDictionary<string, KeyPool>? own, IEnumerable<TargetSnapshot> targets, TimeProvider clock) => new(
        endpoint.Name, endpoint.Kind, endpoint.Host, isConfigured, KeyStates.Of(isOperator ? endpoint.Keys : null), KeyStates.Of(own?.GetValueOrDefault(endpoint.Name)), Models(targets, clock));

    private static IReadOnlyList<TargetHealth> Models(IEnumerable<TargetSnapshot> targets, TimeProvider clock) => [.. targets.Select(target => new TargetHealth(
        target.Model, TargetStates.Name(target), target.PausedFor is { } pause ? clock.GetUtcNow() + pause : null, TargetStates.Words(target.LastFailure),
        Milliseconds(target.FirstToken, target.SlowFirstToken), Milliseconds(target.Whole, target.SlowWhole), target.Calls, target.Failures))];

    private static Latency? Milliseconds(TimeSpan? median, TimeSpan? slow) => median is { } time
        ? new(Math.Round(time.TotalMilliseconds, 1), Math.Round(Math.Max((slow ?? time).TotalMilliseconds, time.TotalMilliseconds), 1))
        : null;
}
