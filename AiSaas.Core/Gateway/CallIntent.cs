using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway;

/// <summary>A call before it is made: what limits and budgets are asked about.</summary>
/// <param name="Id">Made by the caller.</param>
/// <param name="Caller">Who pays and what it is filed under.</param>
/// <param name="Api">What the client speaks.</param>
/// <param name="Model">The name that the caller asked for.</param>
/// <param name="Targets">Where the call may go; the dearest decides what is reserved.</param>
/// <param name="InputTokens">Estimated.</param>
/// <param name="MaxOutputTokens">The caller's own bound on one answer; null for none.</param>
/// <param name="Answers">How many answers were asked for (<c>n</c>).</param>
/// <param name="IsStreamed">Whether the answer streams.</param>
public sealed record CallIntent(
    CallId Id, GatewayCaller Caller, WireApi Api, string Model, IReadOnlyList<CallTarget> Targets,
    long InputTokens, long? MaxOutputTokens, int Answers, bool IsStreamed);

/// <param name="Provider">The provider's configured name.</param>
/// <param name="Kind">Its kind (<c>openai</c>, <c>anthropic</c>, …): prices go by provider first, then by kind.</param>
/// <param name="Model">The model's name there.</param>
public sealed record CallTarget(string Provider, string Kind, string Model);
