using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

/// <summary>One in-process call on its way through a route: what was asked, and how its end is told.</summary>
internal sealed class LogicalModelCall
{
    private readonly RouteWalk _walk;

    public LogicalModelCall(RouteWalk walk, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        _walk = walk;
        Messages = [.. messages];

        // Each target's client is bound to its own model's name; the logical one means nothing there.
        Options = options?.Clone();
        Options?.ModelId = null;
    }

    public IReadOnlyList<ChatMessage> Messages { get; }

    public ChatOptions? Options { get; }

    public AttemptLog Log => _walk.Log;

    /// <summary>Nobody answered.</summary>
    public ModelCallException Exhausted()
    {
        var failure = _walk.Outcome();
        return new(Log.Count == 0 ? failure : failure with { Message = InWords("did not answer", failure) }, Log.Attempts, null);
    }

    /// <summary>The stream broke off after its first words.</summary>
    public ModelCallException Broken(RouteAttempt attempt, Exception error)
    {
        var failure = AsFailure(error).Failure;
        _walk.Failed(attempt, failure);
        return new(failure with { Message = InWords("broke off", failure) }, Log.Attempts, error);
    }

    /// <summary>Clients throw <see cref="ModelCallException"/>; anything else is a fault of the client itself.</summary>
    public static ModelCallException AsFailure(Exception error) => error as ModelCallException
        ?? new(new(ModelErrorClass.Malformed, null, $"The client of this provider failed: {error.Message}"), error);

    private string InWords(string what, ModelFailure failure) =>
        $"{_walk.Route.Name} {what}: {Log.Attempts[^1].Provider}/{Log.Attempts[^1].Model}: {failure.Message}" + (Log.Count > 1 ? $" ({Log.Count} attempts)" : "");
}
