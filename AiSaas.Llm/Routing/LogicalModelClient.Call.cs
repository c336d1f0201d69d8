using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AiSaas.Llm.Routing;

internal sealed partial class LogicalModelClient
{
    /// <summary>One call on its way through the targets.</summary>
    private sealed class Call : IDisposable
    {
        private readonly LogicalModelClient _route;
        private readonly Queue<RouteTarget> _left;
        private readonly CancellationToken _caller;
        private readonly CancellationTokenSource _deadline;
        private readonly CancellationTokenSource _either;
        private RouteTarget? _target;
        private ModelCallException? _last;

        public Call(LogicalModelClient route, IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken caller)
        {
            ArgumentNullException.ThrowIfNull(messages);
            (_route, _caller) = (route, caller);
            _left = new(route.Order);
            _deadline = new(route.Total, route.Clock);
            _either = CancellationTokenSource.CreateLinkedTokenSource(caller, _deadline.Token);
            Messages = [.. messages];
            Log = new(route.Clock);

            // Each target's client is bound to its own model's name; the logical one means nothing there.
            Options = options?.Clone();
            Options?.ModelId = null;
        }

        public IReadOnlyList<ChatMessage> Messages { get; }

        public ChatOptions? Options { get; }

        public AttemptLog Log { get; }

        public CancellationToken Token => _either.Token;

        public RouteTarget? Next()
        {
            _caller.ThrowIfCancellationRequested();
            if (_last is { Failure.AnotherProviderMayHelp: false } || !_left.TryDequeue(out _target))
            {
                return null;
            }

            Log.Begin(_target.Provider, _target.Model);
            return _target;
        }

        /// <summary>Takes note of a failure; false if it was the caller who ended the call.</summary>
        public bool Failed(Exception error)
        {
            if (_caller.IsCancellationRequested)
            {
                Log.Cancelled();
                return false;
            }

            _last = error switch
            {
                ModelCallException known => known,
                OperationCanceledException when _deadline.IsCancellationRequested =>
                    new(new(ModelErrorClass.TimedOut, null, $"No complete answer within {_route.Total.TotalSeconds:0.##} s."), error),
                _ => new(new(ModelErrorClass.Malformed, null, $"The client of this provider failed: {error.Message}"), error),
            };
            Log.Failed(_last.Failure);
            LogicalModelClient.Log.Failed(_route.Logger, _route.Name, _target!.Provider, _target.Model, _last.Failure.Class, _last.Failure.Status, _last.Failure.Message);
            if (_deadline.IsCancellationRequested)
            {
                _left.Clear();
            }

            while (!_last.Failure.AnotherKeyMayHelp && _left.TryPeek(out var next) && next.SharesModelWith(_target))
            {
                _left.Dequeue();
            }

            return true;
        }

        public ModelCallException Exhausted() => new(_last!.Failure with { Message = InWords("did not answer") }, Log.Attempts, _last);

        public ModelCallException Broken() => new(_last!.Failure with { Message = InWords("broke off") }, Log.Attempts, _last);

        public void Dispose()
        {
            _either.Dispose();
            _deadline.Dispose();
        }

        private string InWords(string what) => $"{_route.Name} {what}: {Log.Attempts[^1].Provider}/{Log.Attempts[^1].Model}: {_last!.Failure.Message}"
            + (Log.Attempts.Count > 1 ? $" ({Log.Attempts.Count} attempts)" : "");
    }

    private string Name => name;

    private TimeSpan Total => total;

    private TimeProvider Clock => clock;

    private ILogger Logger => logger;

    private IReadOnlyList<RouteTarget> Order => order.Of(targets);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Name}: {Provider}/{Model} failed, {Error} {Status}: {Message}")]
        public static partial void Failed(ILogger logger, string name, string provider, string model, ModelErrorClass error, int? status, string message);
    }
}
