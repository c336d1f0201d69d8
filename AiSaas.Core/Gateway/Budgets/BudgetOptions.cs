using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Section <c>Gateway:Budgets</c>.</summary>
public sealed class BudgetOptions
{
    public const string Section = "Gateway:Budgets";

    /// <summary>What is held for the output of a call that names no bound of its own.</summary>
    [Range(16, 1_000_000)]
    public int DefaultOutputTokens { get; init; } = 4_096;

    /// <summary>Less than this is no answer: such a call is refused instead of cut short.</summary>
    [Range(1, 100_000)]
    public int LeastOutputTokens { get; init; } = 16;

    /// <summary>After this long without a word, what a process holds of budgets is given up.</summary>
    [Range(30, 86_400)]
    public int LeaseSeconds { get; init; } = 600;

    /// <summary>How long a workspace's budgets and prices are remembered, should a replica miss that they changed.</summary>
    [Range(1, 3_600)]
    public int PolicySeconds { get; init; } = 10;
}
