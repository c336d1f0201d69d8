using AiSaas.Core.Gateway.Keys;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Models for our own features: every call is admitted, journaled and filed like one that came over HTTP, and goes out under the
/// workspace's own keys where it has any.</summary>
public sealed class GovernedModels(ModelCatalog models, RouteTable routes, CallGovernor governor, TenantProviderKeys ownKeys, TimeProvider clock)
{
    /// <returns>A client for the calls of one piece of work; it adds up what they cost.</returns>
    /// <exception cref="KeyNotFoundException">The name means nothing here.</exception>
    public async ValueTask<GovernedChatClient> GetAsync(string model, GatewayCaller caller, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var keys = await ownKeys.OfAsync(caller.Tenant, cancellation);
        return new(models.Get(model, keys), governor, caller, model, routes.FindChat(model, keys)?.Calls() ?? [], clock);
    }
}
