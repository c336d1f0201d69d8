using AiSaas.Core.Gateway.Cache;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Gateway.Keys;
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
        builder.Services.TryAddSingleton<TenantProviderKeys>();
        builder.Services.TryAddSingleton<SemanticIndex>();
        builder.Services.TryAddSingleton<ResponseCache>();
        builder.Services.TryAddSingleton<GatewayEngine>();
        return builder;
    }
}
