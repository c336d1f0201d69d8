using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

/// <summary>A model at a provider, reached with one of its keys.</summary>
/// <param name="Provider">The provider's configured name.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Client">Throws <see cref="ModelCallException"/> and nothing else, the caller's cancellation apart.</param>
/// <param name="Weight">Its share, for strategies that look at it. Keys of one target carry the target's weight.</param>
internal sealed record RouteTarget(string Provider, string Model, IChatClient Client, double Weight)
{
    public bool SharesModelWith(RouteTarget other) => Provider == other.Provider && Model == other.Model;
}
