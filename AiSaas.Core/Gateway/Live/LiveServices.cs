using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Gateway.Live;

public static class LiveServices
{
    /// <summary>The gateway's live counters and their rates.</summary>
    public static IServiceCollection AddLiveCounters(this IServiceCollection services)
    {
        services.TryAddSingleton<LiveCounters>();
        services.TryAddSingleton<LiveRates>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveRates>());
        return services;
    }
}
