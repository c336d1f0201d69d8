using AiSaas.Core.Gateway.Budgets;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>A call that has ended and waits for Postgres: where its row is, and what it holds of budgets and limits.</summary>
/// <param name="TokenDelta">Tokens used beyond those that the limits were charged for; negative when fewer.</param>
internal readonly record struct SettledCall(JournalEntry Entry, Reservation Held, long CostNanos, long TokenDelta);
