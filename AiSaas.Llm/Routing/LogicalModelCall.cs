using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

/// <summary>One in-process call on its way through a route.</summary>
internal sealed class LogicalModelCall : IDisposable
{
    private readonly RouteWalk _walk;
    private readonly TimeSpan _total;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;
    private ModelCallException? _last;

    public LogicalModelCall(
        RouteWalk walk, IEnumerable<ChatMessage> messages, ChatOptions? options, TimeSpan total, TimeProvider clock, CancellationToken caller)
    {
        ArgumentNullException.ThrowIfNull(messages);
        (_walk, _total, _caller) = (walk, total, caller);
        _deadline = new(total, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(caller, _deadline.Token);
        Messages = [.. messages];

        // Each target's client is bound to its own model's name; the logical one means nothing there.
        Options = options?.Clone();
        Options?.ModelId = null;
    }

    public IReadOnlyList<ChatMessage> Messages { get; }

    public ChatOptions? Options { get; }

    public AttemptLog Log => _walk.Log;

    public CancellationToken Token => _either.Token;

    public RouteAttempt? Next()
    {
        _caller.ThrowIfCancellationRequested();
        return _deadline.IsCancellationRequested ? null : _walk.Next();
    }

    /// <summary>Takes note of a failure; false if it was the caller who ended the call.</summary>
    public bool Failed(RouteAttempt attempt, Exception error)
    {
        if (_caller.IsCancellationRequested)
        {
            RouteWalk.Cancelled(attempt);
            return false;
        }

        _last = error switch
        {
            ModelCallException known => known,
            OperationCanceledException when _deadline.IsCancellationRequested =>
                new(new(ModelErrorClass.TimedOut, null, $"No complete answer within {_total.TotalSeconds:0.##} s."), error),
            _ => new(new(ModelErrorClass.Malformed, null, $"The client of this provider failed: {error.Message}"), error),
        };
        _walk.Failed(attempt, _last.Failure);
        return true;
    }

    public ModelCallException Exhausted()
    {
        var failure = _walk.Outcome();
        return new(Log.Count == 0 ? failure : failure with { Message = InWords("did not answer", failure) }, Log.Attempts, _last);
    }

    public ModelCallException Broken() => new(_last!.Failure with { Message = InWords("broke off", _last.Failure) }, Log.Attempts, _last);

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }

    private string InWords(string what, ModelFailure failure) =>
        $"{_walk.Route.Name} {what}: {Log.Attempts[^1].Provider}/{Log.Attempts[^1].Model}: {failure.Message}" + (Log.Count > 1 ? $" ({Log.Count} attempts)" : "");
}
