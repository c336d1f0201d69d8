namespace AiSaas.Llm.Routing;

/// <summary>A strategy: in which order a call tries its targets. One small class each; add it to <see cref="Named"/>.</summary>
public abstract class TargetOrder
{
    public const string Default = "fallback";

    /// <summary>The names that configuration may use.</summary>
    public static IReadOnlyList<string> Names { get; } = ["fallback", "weighted", "least-latency", "cheapest"];

    /// <exception cref="ArgumentOutOfRangeException">No strategy has that name; the options' validator has refused it before.</exception>
    public static TargetOrder Named(string name, Random random) => name.ToLowerInvariant() switch
    {
        "fallback" => new GivenOrder(),
        "weighted" => new WeightedOrder(random),
        "least-latency" => new LatencyOrder(),
        "cheapest" => new PriceOrder(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"The strategies are {string.Join(", ", Names)}."),
    };

    public abstract IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets);
}

/// <summary>As configured.</summary>
internal sealed class GivenOrder : TargetOrder
{
    public override IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets) => targets;
}

/// <summary>Draws the first by weight; the others follow as given.</summary>
internal sealed class WeightedOrder(Random random) : TargetOrder
{
    public override IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets)
    {
        if (targets.Count == 1)
        {
            return targets;
        }

        double left = random.NextDouble() * targets.Sum(target => target.Weight);
        var drawn = targets.FirstOrDefault(target => (left -= target.Weight) < 0) ?? targets[^1];
        return [drawn, .. targets.Where(target => target != drawn)];
    }
}

/// <summary>The quickest to its first token, as of late. What has no figure goes first, so that it gets one.</summary>
internal sealed class LatencyOrder : TargetOrder
{
    public override IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets) => targets.Count == 1
        ? targets
        : [.. targets.OrderBy(target => target.Health.FirstToken ?? target.Health.Whole ?? TimeSpan.Zero)];
}

/// <summary>The cheapest by a usual mix of three input tokens to one of output. What has no price goes last.</summary>
internal sealed class PriceOrder : TargetOrder
{
    public override IReadOnlyList<RouteTarget> Of(IReadOnlyList<RouteTarget> targets) => targets.Count == 1
        ? targets
        : [.. targets.OrderBy(target => target.IsLocal ? 0 : target.Price?.CostNanos(new(3_000, 1_000)) ?? long.MaxValue)];
}
