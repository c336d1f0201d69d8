using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Models;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Gateway.Cache;

/// <summary>Answers that are given again: to the same request, and, where it is wished, to one that means the same.</summary>
/// <remarks>Tenant, permissions, model, parameters, system prompt and earlier turns always count; see docs/gateway.md.
/// Answers live in Redis and are lost with it, which costs money and nothing else.</remarks>
internal sealed class ResponseCache(RedisClient redis, SemanticIndex semantic, IOptions<GatewayOptions> options)
{
    /// <summary>Of one tenant; the ones that expire first give way.</summary>
    private const int MostAnswers = 10_000;

    private static readonly RedisScript Put = new("gateway.cache.put", """
        local now = redis.call('TIME')
        local ms = now[1] * 1000 + math.floor(now[2] / 1000)
        redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms)
        redis.call('ZADD', KEYS[1], ms + ARGV[2], ARGV[3])
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        local over = redis.call('ZCARD', KEYS[1]) - ARGV[4]
        if over > 0 then
            local out = redis.call('ZPOPMIN', KEYS[1], over)
            for i = 1, #out, 2 do redis.call('DEL', KEYS[1] .. ':' .. out[i]) end
        end
        return 1
        """);

    private CacheOptions Options => options.Value.Cache;

    /// <summary>Null if this request is neither looked up nor kept.</summary>
    public CachePlan? Plan(GatewayRequest request, RequestEnvelope envelope)
    {
        if (request.Cache == CacheWish.Off || request.Api == WireApi.Responses)
        {
            // Responses have ids of their own that clients come back with.
            return null;
        }

        string feature = request.Caller.Feature;
        bool isSemantic = request.Api != WireApi.Embeddings && envelope.Answers == 1
            && (request.Cache == CacheWish.Semantic || (request.Cache == CacheWish.Default && Options.SemanticFor(feature)));
        bool isExact = request.Cache is CacheWish.Exact or CacheWish.Semantic || Options.ExactFor(feature) switch
        {
            ExactCache.On => true,
            ExactCache.Deterministic => envelope.IsDeterministic || request.Api == WireApi.Embeddings,
            _ => false,
        };
        if (!isExact && !isSemantic)
        {
            return null;
        }

        string shape = !envelope.IsStreamed ? "whole" : envelope.AsksForUsage ? "stream+usage" : "stream";
        return new(request.Caller.Tenant, RequestDigest.Of(request, shape, isSemantic), isSemantic);
    }

    public async Task<CacheHit?> FindAsync(CachePlan plan, CancellationToken cancellation)
    {
        try
        {
            if (await ReadAsync(plan.Tenant, plan.Digest.Exact, cancellation) is { } same)
            {
                return new(same, "hit-exact");
            }

            if (plan.IsSemantic && await semantic.FindAsync(plan, Options.SimilarityThreshold, cancellation) is { } alike
                && await ReadAsync(plan.Tenant, alike, cancellation) is { } similar)
            {
                return new(similar, "hit-semantic");
            }
        }
        catch (RedisUnavailableException)
        {
            // Asking the provider is what a cache saves, not what it replaces.
        }

        return null;
    }

    /// <summary>Keeps an answer. Failing to is no failure of the call.</summary>
    public async Task KeepAsync(CachePlan plan, CachedAnswer answer, CancellationToken cancellation)
    {
        if (answer.Body.Length is 0 or > CachedAnswer.Largest)
        {
            return;
        }

        var life = TimeSpan.FromSeconds(Options.TtlSeconds);
        try
        {
            await redis.RunAsync(
                Put, [CacheKeys.Index(plan.Tenant), CacheKeys.Answer(plan.Tenant, plan.Digest.Exact)],
                [answer.ToBytes(), (long)life.TotalMilliseconds, plan.Digest.Exact, MostAnswers], cancellation);
            if (plan.IsSemantic)
            {
                await semantic.KeepAsync(plan, life, cancellation);
            }
        }
        catch (RedisUnavailableException)
        {
            // As above.
        }
    }

    private async Task<CachedAnswer?> ReadAsync(TenantId tenant, string digest, CancellationToken cancellation)
    {
        var value = await redis.CallAsync("gateway.cache.get", database => database.StringGetAsync(CacheKeys.Answer(tenant, digest)), cancellation);
        return value.IsNull ? null : CachedAnswer.From((byte[])value!);
    }
}

/// <param name="IsSemantic">Whether a similar question's answer will do.</param>
internal sealed record CachePlan(TenantId Tenant, RequestDigest Digest, bool IsSemantic)
{
    /// <summary>Of the question, once it was needed.</summary>
    public float[]? Vector { get; set; }
}

/// <param name="How">As <c>x-aisaas-cache</c> says it.</param>
internal sealed record CacheHit(CachedAnswer Answer, string How);
