using System.ComponentModel.DataAnnotations;

namespace AiSaas.Llm.Models;

/// <summary>The section <c>Gateway:Breaker</c>: when a target that keeps failing is left alone.</summary>
public sealed class BreakerOptions
{
    /// <summary>Of the calls within the window.</summary>
    [Range(0.01, 1)]
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Fewer calls within the window say nothing.</summary>
    [Range(1, 100_000)]
    public int MinimumCalls { get; set; } = 5;

    [Range(0.5, 3600)]
    public double WindowSeconds { get; set; } = 10;

    /// <summary>Until one call may find out whether it is back.</summary>
    [Range(0.1, 3600)]
    public double OpenSeconds { get; set; } = 5;
}

/// <summary>The section <c>Gateway:RetryBudget</c>: retries are a share of the calls, so that an outage is not multiplied.</summary>
public sealed class RetryBudgetOptions
{
    /// <summary>Retries to first tries.</summary>
    [Range(0.0, 10.0)]
    public double Ratio { get; set; } = 0.2;

    /// <summary>These are always allowed.</summary>
    [Range(0.0, 100_000.0)]
    public double MinimumPerSecond { get; set; } = 10;
}
