using AiSaas.Core.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Gateway.Keys;

public static class ProviderKeyServices
{
    /// <summary>Workspaces' own provider keys. Needs persistence and the model library.</summary>
    public static IServiceCollection AddProviderKeys(this IServiceCollection services)
    {
        services.AddSharedKeyRing();
        services.TryAddSingleton<SecretVault>();
        services.TryAddSingleton<TenantProviderKeys>();
        services.TryAddSingleton<ProviderKeys>();
        services.TryAddSingleton<OwnKeyNotes>();
        services.AddHostedService(provider => provider.GetRequiredService<OwnKeyNotes>());
        return services;
    }
}
