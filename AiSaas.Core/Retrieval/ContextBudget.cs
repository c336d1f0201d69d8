namespace AiSaas.Core.Retrieval;

/// <summary>How much may stand around passages, in tokens as <see cref="Llm.Text.TokenEstimate"/> counts them.</summary>
/// <param name="PassageTokens">Of one passage with its neighbours.</param>
/// <param name="TotalTokens">Of all passages with their neighbours. The passages themselves are never cut for it.</param>
public sealed record ContextBudget(int PassageTokens = 700, int TotalTokens = 4_000);
