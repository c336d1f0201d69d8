using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Gateway.Live;

public static class LiveServices
{
    /// <summary>The gateway's live counters, their rates, and resets. Needs Redis and the model library.</summary>
    public static IServiceCollection AddLiveCounters(this IServiceCollection services)
    {
        services.TryAddSingleton<LiveCounters>();
        services.TryAddSingleton<LiveRates>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveRates>());
        services.TryAddSingleton<ProviderResets>();
        services.AddHostedService(provider => provider.GetRequiredService<ProviderResets>());
        return services;
    }
}
