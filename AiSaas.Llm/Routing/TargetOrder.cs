namespace AiSaas.Llm.Routing;

/// <summary>In which order a call tries its targets.</summary>
internal abstract class TargetOrder
{
    public static TargetOrder Named(string strategy, Random random) =>
        strategy.Equals("weighted", StringComparison.OrdinalIgnoreCase) ? new WeightedOrder(random) : new GivenOrder();

    public abstract IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets);
}

internal sealed class GivenOrder : TargetOrder
{
    public override IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets) => targets;
}

/// <summary>Draws the first by weight; the others follow as given.</summary>
internal sealed class WeightedOrder(Random random) : TargetOrder
{
    public override IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets)
    {
        double left = random.NextDouble() * targets.Sum(target => target.Weight);
        var drawn = targets.FirstOrDefault(target => (left -= target.Weight) < 0) ?? targets[^1];
        return [.. targets.Where(target => target.SharesModelWith(drawn)), .. targets.Where(target => !target.SharesModelWith(drawn))];
    }
}
