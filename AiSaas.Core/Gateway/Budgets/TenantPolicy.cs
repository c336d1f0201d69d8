using AiSaas.Llm.Prices;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>What a workspace has decided about money, as of one reading. Immutable.</summary>
internal sealed record TenantPolicy(IReadOnlyList<Budget> Budgets, PriceTable Prices, string Plan);
