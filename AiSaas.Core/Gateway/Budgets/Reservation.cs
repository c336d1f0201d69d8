namespace AiSaas.Core.Gateway.Budgets;

/// <summary>What an admitted call holds until it is settled.</summary>
/// <param name="Plan">What it falls under.</param>
/// <param name="At">When it was admitted: its budgets' windows go by this.</param>
/// <param name="Nanos">Held in every budget of the plan; 0 where the call can't cost anything.</param>
/// <param name="Tokens">Charged to every limit of tokens.</param>
internal sealed record Reservation(TenantAccount Account, CallerPlan Plan, DateTimeOffset At, long Nanos, long Tokens);
