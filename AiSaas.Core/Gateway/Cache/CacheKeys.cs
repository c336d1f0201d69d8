using AiSaas.Core.Tenancy;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Cache;

/// <summary>The key layout of response caches, version 1. A tenant's keys carry its hash tag.</summary>
/// <remarks><list type="table">
/// <item><c>aisaas:1:{g:&lt;tenant&gt;}:cache</c> sorted set: the digests of kept answers by the Unix millisecond they expire</item>
/// <item><c>aisaas:1:{g:&lt;tenant&gt;}:cache:&lt;digest&gt;</c> an answer (see <see cref="CachedAnswer"/>), expiring</item>
/// </list></remarks>
internal static class CacheKeys
{
    public static RedisKey Index(TenantId tenant) => $"aisaas:1:{{g:{tenant}}}:cache";

    public static RedisKey Answer(TenantId tenant, string digest) => $"aisaas:1:{{g:{tenant}}}:cache:{digest}";
}
