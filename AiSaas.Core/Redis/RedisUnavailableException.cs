namespace AiSaas.Core.Redis;

/// <summary>Redis did not do what was asked: away, too slow, out of memory. Callers go on without it.</summary>
public sealed class RedisUnavailableException(string operation, Exception cause)
    : Exception($"Redis: {operation} failed: {cause.Message}", cause);
