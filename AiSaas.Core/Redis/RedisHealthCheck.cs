using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiSaas.Core.Redis;

/// <summary>Degraded, not unhealthy: without Redis the product is slower and still works.</summary>
internal sealed class RedisHealthCheck(RedisClient redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var roundTrip = await redis.CallAsync("PING", database => database.PingAsync(), cancellationToken);
            return HealthCheckResult.Healthy($"{roundTrip.TotalMilliseconds:F1} ms");
        }
        catch (RedisUnavailableException failure)
        {
            return HealthCheckResult.Degraded(failure.Message);
        }
    }
}
