using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiSaas.Core.Documents;

/// <summary>Tells readers that a document has changed. A hint only: what changed is in Postgres, and a lost hint costs a poll.</summary>
/// <remarks>Redis channel <c>documents:{tenant}:changed</c>, the message is the document's id. The tag keeps a tenant's
/// channels on one node of a cluster.</remarks>
public sealed partial class DocumentSignals(IConnectionMultiplexer redis, TimeProvider time, ILogger<DocumentSignals> logger)
{
    // Redis away must not hold up a reader or a writer: both do without.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public Task PublishAsync(TenantId tenant, DocumentId document) =>
        TryAsync(() => redis.GetSubscriber().PublishAsync(Channel(tenant), document.ToString()));

    /// <summary>Starts to listen. Look at the document after this, then wait; dispose when done.</summary>
    public async Task<DocumentWatch> WatchAsync(TenantId tenant, DocumentId document)
    {
        DocumentWatch watch = new(document, hear => TryAsync(() => redis.GetSubscriber().UnsubscribeAsync(Channel(tenant), hear)));
        await TryAsync(() => redis.GetSubscriber().SubscribeAsync(Channel(tenant), watch.Hear));
        return watch;
    }

    private async Task TryAsync(Func<Task> send)
    {
        try
        {
            await send().WaitAsync(Patience, time);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            Log.Unheard(logger, error.Message);
        }
    }

    private static RedisChannel Channel(TenantId tenant) =>
        new($"documents:{{{tenant}}}:changed", RedisChannel.PatternMode.Literal);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "Redis is away, readers of documents poll: {Reason}")]
        public static partial void Unheard(ILogger logger, string reason);
    }
}

/// <summary>One reader's ear for one document.</summary>
public sealed class DocumentWatch : IAsyncDisposable
{
    private readonly string _document;
    private readonly Func<Action<RedisChannel, RedisValue>, Task> _stop;
    private volatile TaskCompletionSource _changed = NewTurn();

    internal DocumentWatch(DocumentId document, Func<Action<RedisChannel, RedisValue>, Task> stop) =>
        (_document, _stop) = (document.ToString(), stop);

    /// <summary>Completes at the next change. Take it before looking at the document, so that none is missed between.</summary>
    public Task Changed => _changed.Task;

    public async ValueTask DisposeAsync() => await _stop(Hear);

    internal void Hear(RedisChannel channel, RedisValue document)
    {
        if (document == _document)
        {
            var turn = _changed;
            _changed = NewTurn();
            turn.TrySetResult();
        }
    }

    // Continuations off the thread that reads Redis.
    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
