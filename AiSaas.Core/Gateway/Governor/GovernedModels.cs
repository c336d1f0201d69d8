using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Models for our own features: every call is admitted, journaled and filed like one that came over HTTP.</summary>
public sealed class GovernedModels(ModelCatalog models, RouteTable routes, CallGovernor governor, TimeProvider clock)
{
    /// <returns>A client for the calls of one piece of work; it adds up what they cost.</returns>
    /// <exception cref="KeyNotFoundException">The name means nothing here.</exception>
    public GovernedChatClient Get(string model, GatewayCaller caller) =>
        new(models.Get(model), governor, caller, model, routes.FindChat(model)?.Calls() ?? [], clock);
}
