namespace AiSaas.Core.Gateway.Limits;

/// <summary>The same buckets in memory, for while Redis is away: then each replica keeps the limits for itself.</summary>
/// <remarks>Guarded by its account's lock. Times are microseconds of this process's clock.</remarks>
internal sealed class LocalLimiter
{
    private const int MostBuckets = 10_000;

    private readonly Dictionary<string, long> _fulls = new(StringComparer.Ordinal);

    /// <returns>How far from full the bucket is, in microseconds.</returns>
    public long Late(RateLimit limit, long now) => _fulls.TryGetValue(limit.Key, out long full) ? Math.Max(0, full - now) : 0;

    public void Take(RateLimit limit, long take, long now)
    {
        if (_fulls.Count >= MostBuckets)
        {
            Drop(now);
        }

        _fulls[limit.Key] = now + Late(limit, now) + take;
    }

    // The full ones say nothing; should none be full, all start anew.
    private void Drop(long now)
    {
        foreach (var (key, full) in _fulls)
        {
            if (full <= now)
            {
                _fulls.Remove(key);
            }
        }

        if (_fulls.Count >= MostBuckets)
        {
            _fulls.Clear();
        }
    }
}
