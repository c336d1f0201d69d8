using AiSaas.Core.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Gateway.Responses;

public static class ResponseServices
{
    /// <summary>Keeping responses and making them in the background. Needs the gateway, persistence, Redis and jobs.</summary>
    public static IServiceCollection AddResponses(this IServiceCollection services)
    {
        services.TryAddSingleton<ResponseStore>();
        services.TryAddSingleton<ResponseTurns>();
        services.TryAddSingleton<BackgroundResponses>();
        services.TryAddSingleton<CreateResponse>();
        services.TryAddSingleton<ResponseLog>();
        services.TryAddSingleton<ResponseLogReader>();
        services.AddJobSettlement<SettleResponse>();
        return services;
    }
}
