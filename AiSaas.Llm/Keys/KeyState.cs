namespace AiSaas.Llm.Keys;

public enum KeyCondition
{
    Ready,

    /// <summary>Limited by the provider (429), back at <see cref="KeyState.Until"/>.</summary>
    Cooling,

    /// <summary>Refused by the provider (401, 402, 403); one call tries it again at <see cref="KeyState.Until"/>.</summary>
    Disabled,
}

/// <summary>A key as people see it. Counts are the provider's own, as of its last answer; null where it gave none.</summary>
/// <param name="Id">Masked.</param>
/// <param name="Condition">Whether it is used.</param>
/// <param name="Reason">Why not, in words.</param>
/// <param name="Until">When it comes back.</param>
public sealed record KeyState(
    string Id, KeyCondition Condition, string? Reason, DateTimeOffset? Until,
    long? RequestsLeft, long? RequestLimit, long? TokensLeft, long? TokenLimit);
