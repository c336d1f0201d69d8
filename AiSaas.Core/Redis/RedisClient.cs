using System.Diagnostics;
using StackExchange.Redis;

namespace AiSaas.Core.Redis;

/// <summary>Redis with a deadline on every call, a span around it, and one exception for all the ways it can be away.</summary>
/// <remarks>The library's own timeouts don't cover asynchronous calls in all versions that feeds carry.</remarks>
public sealed class RedisClient(IConnectionMultiplexer connection, TimeProvider clock)
{
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    private static readonly ActivitySource Spans = new("AiSaas.Redis");

    /// <summary>Raised when a connection comes back: what was in Redis may be gone.</summary>
    public event EventHandler<ConnectionFailedEventArgs>? Restored
    {
        add => connection.ConnectionRestored += value;
        remove => connection.ConnectionRestored -= value;
    }

    /// <summary>Whether there is a connection. It may be slow all the same.</summary>
    internal bool IsConnected => connection.IsConnected;

    private IDatabase Database => connection.GetDatabase();

    /// <exception cref="RedisUnavailableException"/>
    internal Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation) =>
        CallAsync(script.Name, () => EvaluateAsync(script, keys, arguments), script.IsTraced, cancellation);

    /// <exception cref="RedisUnavailableException"/>
    internal Task<T> CallAsync<T>(string operation, Func<IDatabase, Task<T>> call, CancellationToken cancellation) =>
        CallAsync(operation, () => call(Database), isTraced: true, cancellation);

    private async Task<T> CallAsync<T>(string operation, Func<Task<T>> call, bool isTraced, CancellationToken cancellation)
    {
        using var span = isTraced ? Spans.StartActivity(operation, ActivityKind.Client) : null;
        span?.SetTag("db.system.name", "redis");
        span?.SetTag("db.operation.name", operation);
        try
        {
            return await call().WaitAsync(Deadline, clock, cancellation);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            span?.SetStatus(ActivityStatusCode.Error, failure.Message);
            throw new RedisUnavailableException(operation, failure);
        }
    }

    /// <summary>Sent and forgotten: for hints that something else makes good for.</summary>
    internal void Hint(Action<IDatabase> call)
    {
        try
        {
            call(Database);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            Activity.Current?.AddEvent(new ActivityEvent("redis hint not sent"));
        }
    }

    /// <summary>A short script as a hint. As text, since nobody would hear that Redis doesn't know it by its hash.</summary>
    internal void Forget(RedisScript script, RedisKey key, RedisValue argument) =>
        Hint(database => database.Execute("EVAL", [script.Text, 1, key, argument], CommandFlags.FireAndForget));

    /// <summary>Tells who listens on <paramref name="channel"/>. A hint: listeners poll as well.</summary>
    internal void Publish(string channel, RedisValue message) =>
        Hint(database => database.Publish(Literal(channel), message, CommandFlags.FireAndForget));

    /// <summary>The same on many channels, as one message to Redis.</summary>
    internal void PublishAll(IEnumerable<string> channels, RedisValue message) => Hint(database => database.Execute(
        "EVAL", ["for i = 2, #ARGV do redis.call('PUBLISH', ARGV[i], ARGV[1]) end", 0, message, .. channels], CommandFlags.FireAndForget));

    /// <summary>Calls <paramref name="heard"/> for each message until disposed. When Redis is away this comes into force once it is back.</summary>
    internal async Task<IAsyncDisposable> ListenAsync(string channel, Action<RedisValue> heard, CancellationToken cancellation)
    {
        var subscriber = connection.GetSubscriber();
        Action<RedisChannel, RedisValue> handler = (_, message) => heard(message);
        try
        {
            await subscriber.SubscribeAsync(Literal(channel), handler).WaitAsync(Deadline, clock, cancellation);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            Activity.Current?.AddEvent(new ActivityEvent("redis subscription pending"));
        }

        return new Listening(subscriber, Literal(channel), handler, clock);
    }

    private async Task<RedisResult> EvaluateAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            // By its hash: given the text, the library would look it up by hashing all of it each time.
            return await Database.ScriptEvaluateAsync(script.Hash, keys, arguments);
        }
        catch (RedisServerException failure) when (failure.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Redis doesn't know it yet, or has been restarted since.
            return await Database.ScriptEvaluateAsync(script.Text, keys, arguments);
        }
    }

    private static RedisChannel Literal(string channel) => new(channel, RedisChannel.PatternMode.Literal);

    private sealed class Listening(
        ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> handler, TimeProvider clock) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await subscriber.UnsubscribeAsync(channel, handler).WaitAsync(Deadline, clock);
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
            {
                Activity.Current?.AddEvent(new ActivityEvent("redis unsubscription pending"));
            }
        }
    }
}
