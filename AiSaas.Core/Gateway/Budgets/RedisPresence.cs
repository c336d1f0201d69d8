using AiSaas.Core.Redis;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Redis as the governor uses it: after a failure it is taken for away for a second, so that not every call waits to find out.</summary>
/// <remarks>A connection that is slow is another matter than none: then nobody decides alone what all replicas share.</remarks>
internal sealed class RedisPresence(RedisClient redis, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // Thousands may ask at once. Sent all together they would wait in Redis's queue past their deadlines; so they wait here.
    private const int MostQuestions = 256;

    private readonly SemaphoreSlim _questions = new(MostQuestions, MostQuestions);

    private long _awayUntil = long.MinValue;

    public bool IsConnected => redis.IsConnected;

    public bool IsAway => clock.GetTimestamp() < Volatile.Read(ref _awayUntil);

    /// <exception cref="RedisUnavailableException"/>
    public async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellation)
    {
        try
        {
            return await redis.RunAsync(script, keys, arguments, cancellation);
        }
        catch (RedisUnavailableException)
        {
            Volatile.Write(ref _awayUntil, clock.GetTimestamp() + (long)(Pause.TotalSeconds * clock.TimestampFrequency));
            throw;
        }
    }

    /// <summary>Waits for a turn to ask what every call asks. <see cref="Leave"/> afterwards.</summary>
    /// <exception cref="RedisUnavailableException">Too many wait for too long.</exception>
    public async ValueTask EnterAsync(string operation)
    {
        if (!_questions.Wait(0, CancellationToken.None) && !await _questions.WaitAsync(Patience))
        {
            throw new RedisUnavailableException(operation, new TimeoutException("Too many ask at once."));
        }
    }

    public void Leave() => _questions.Release();

    public void Dispose() => _questions.Dispose();
}
