namespace AiSaas.Llm.Routing;

/// <summary>Where a model's name leads.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Targets">At least one.</param>
/// <param name="Order">The strategy.</param>
public sealed record Route(string Name, IReadOnlyList<RouteTarget> Targets, TargetOrder Order)
{
    /// <summary>The routes for input that does not fit; their targets are tried in turn.</summary>
    public IReadOnlyList<Route> OnContextTooLong { get; init; } = [];

    /// <summary>The routes for what a provider's policy declines.</summary>
    public IReadOnlyList<Route> OnContentRefused { get; init; } = [];

    /// <summary>How long a stream's first token may take before a second target is asked as well; null follows the target's own habit.</summary>
    public TimeSpan? HedgeAfter { get; init; }
}
