using AiSaas.Core.Gateway.Cache;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Gateway.Live;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Core.Gateway;

public static class GatewayServices
{
    /// <summary>The gateway: governor, own keys, engine. Needs the models (<c>AddLlm</c>), persistence and Redis.</summary>
    public static IHostApplicationBuilder AddGateway(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddGovernor();
        builder.Services.AddProviderKeys();
        builder.Services.AddLiveCounters();
        builder.Services.TryAddSingleton<SemanticIndex>();
        builder.Services.TryAddSingleton<ResponseCache>();
        builder.Services.TryAddSingleton(services => new GatewayEngine(
            services.GetRequiredService<RouteTable>(), services.GetRequiredService<CallGovernor>(), services.GetRequiredService<Forwarder>(),
            services.GetRequiredService<TenantProviderKeys>(), services.GetRequiredService<ResponseCache>(),
            services.GetRequiredService<LiveCounters>(), services.GetRequiredService<TokenCounter>(), services.GetRequiredService<TimeProvider>()));
        return builder;
    }
}
