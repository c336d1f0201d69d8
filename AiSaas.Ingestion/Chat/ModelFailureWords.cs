using AiSaas.Llm.Routing;

namespace AiSaas.Ingestion.Chat;

/// <summary>Says what went wrong with a model to the person who waits for its answer, with the way out.</summary>
internal static class ModelFailureWords
{
    public static string Code(ModelFailure failure) => $"models:{failure.Class.Name()}";

    public static string Outcome(ModelAttempt attempt) => attempt.Outcome switch
    {
        AttemptOutcome.Succeeded or AttemptOutcome.Running => "ok",
        AttemptOutcome.Cancelled => "canceled",
        _ => attempt.Error is { } error ? error.Name() : "failed",
    };

    public static string Say(ModelCallException failed)
    {
        string who = failed.Attempts is [.., var last] ? $"The provider {last.Provider}" : "The model's provider";
        string what = failed.Failure.Class switch
        {
            ModelErrorClass.KeyRefused => "refused our key. An admin can check the provider's key and its balance.",
            ModelErrorClass.RateLimited => "is over its rate limit (429). Try again in a minute.",
            ModelErrorClass.ServerError => "failed on its side. Try again in a moment.",
            ModelErrorClass.Unreachable => "can't be reached. Try again in a moment.",
            ModelErrorClass.TimedOut => "took too long to answer. Try again in a moment.",
            ModelErrorClass.Malformed => "broke off or answered something unreadable. Try again.",
            ModelErrorClass.ContextTooLong => "can't read that much at once. Ask in a new chat, or a shorter question.",
            ModelErrorClass.ContentRefused => "declined this question by its content policy. Put it in other words.",
            _ => "didn't accept the request. An admin finds the reason in the trace.",
        };
        string tries = failed.Attempts.Count > 1 ? $" ({failed.Attempts.Count} tries were made.)" : "";
        return $"{who} {what}{tries}";
    }
}
