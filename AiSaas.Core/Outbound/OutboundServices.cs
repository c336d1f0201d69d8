using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Outbound;

public static class OutboundServices
{
    /// <summary>HTTP to addresses that users name: webhooks, and documents by address.</summary>
    public static IServiceCollection AddOutbound(this IServiceCollection services)
    {
        services.AddOptions<OutboundOptions>().BindConfiguration(OutboundOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IHostResolver, SystemResolver>();
        services.TryAddSingleton<AddressPolicy>();
        services.TryAddSingleton<OutboundConnector>();
        services.TryAddSingleton<OutboundHttp>();
        return services;
    }
}
