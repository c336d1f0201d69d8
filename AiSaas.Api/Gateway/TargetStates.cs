using AiSaas.Llm.Routing;

namespace AiSaas.Api.Gateway;

/// <summary>Targets' states on the wire, in the words that operators of circuit breakers use.</summary>
internal static class TargetStates
{
    public static string Name(TargetSnapshot target) => target.State switch
    {
        TargetState.Ready => "closed",
        TargetState.Probing => "half-open",
        TargetState.Cooling => "cooling",

        // Its pause is over, and no call has come yet to find out.
        _ => target.PausedFor is null ? "half-open" : "open",
    };

    /// <summary>Kind and status only: a provider's own text may repeat what another workspace has sent.</summary>
    public static string? Words(ModelFailure? failure)
    {
        if (failure is null)
        {
            return null;
        }

        string what = failure.Class switch
        {
            ModelErrorClass.KeyRefused => "the key was refused",
            ModelErrorClass.RateLimited => "limited",
            ModelErrorClass.ServerError => "server error",
            ModelErrorClass.Unreachable => "unreachable",
            ModelErrorClass.TimedOut => "no answer in time",
            ModelErrorClass.Malformed => "an answer that its API doesn't allow",
            _ => "refused",
        };
        return failure.Status is { } status ? $"{what} ({status})" : what;
    }
}
