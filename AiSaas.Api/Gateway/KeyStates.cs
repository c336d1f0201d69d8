using AiSaas.Contracts.Gateway;
using AiSaas.Llm.Keys;

namespace AiSaas.Api.Gateway;

/// <summary>Keys' states on the wire.</summary>
internal static class KeyStates
{
    public const string Disabled = "disabled";

    public static string Name(KeyCondition condition) => condition switch
    {
        KeyCondition.Ready => "ready",
        KeyCondition.Cooling => "cooling",
        _ => Disabled,
    };

    public static IReadOnlyList<ProviderKeyState> Of(KeyPool? pool) => pool is null ? [] : [.. pool.States().Select(Of)];

    private static ProviderKeyState Of(KeyState state) => new(
        state.Id, Name(state.Condition), state.Reason, state.Until, state.RequestsLeft, state.RequestLimit, state.TokensLeft, state.TokenLimit);
}
