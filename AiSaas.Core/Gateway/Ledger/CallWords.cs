using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>The ledger's names for what code has enums for.</summary>
internal static class CallWords
{
    public static string Name(WireApi api) => api switch
    {
        WireApi.ChatCompletions => "chat",
        WireApi.Responses => "responses",
        WireApi.Embeddings => "embeddings",
        _ => "messages",
    };

    public static string Name(CallStatus status) => status switch
    {
        CallStatus.Succeeded => "succeeded",
        CallStatus.Failed => "failed",
        CallStatus.Canceled => "canceled",
        _ => "interrupted",
    };

    public static string Name(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Succeeded => "succeeded",
        AttemptOutcome.Failed => "failed",
        AttemptOutcome.Cancelled => "canceled",
        _ => "running",
    };
}
