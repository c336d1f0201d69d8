using AiSaas.Core.Redis;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Gateway.Live;

/// <summary>An operator's word that a provider works again: its breakers close and its keys come back, on every replica.</summary>
/// <remarks>Channel: <c>aisaas:1:gateway:reset</c>, the provider's name. A replica that misses it finds out by itself.</remarks>
public sealed partial class ProviderResets(
    RedisClient redis, ProviderRegistry providers, HealthBoard health, TimeProvider clock, ILogger<ProviderResets> logger) : BackgroundService
{
    private const string Channel = "aisaas:1:gateway:reset";

    public void Reset(string provider)
    {
        Apply(provider);
        redis.Publish(Channel, provider);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var listening = await redis.ListenAsync(Channel, provider => Apply(provider!), stoppingToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Apply(string provider)
    {
        health.Reset(provider);
        providers.Find(provider)?.Keys.Enable();
        Log.WasReset(logger, provider);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Provider {Provider} was reset by an operator")]
        public static partial void WasReset(ILogger logger, string provider);
    }
}
