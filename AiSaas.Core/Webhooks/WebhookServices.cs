using AiSaas.Core.Identity;
using AiSaas.Core.Outbound;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Webhooks;

public static class WebhookServices
{
    /// <summary>Endpoints, their deliveries and the outbox. Needs persistence.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOutbound();
        services.AddSharedKeyRing();
        services.TryAddSingleton<WebhookVault>();
        services.TryAddSingleton<WebhookOutbox>();
        services.TryAddSingleton<WebhookAddress>();
        services.TryAddSingleton<WebhookEndpoints>();
        services.TryAddSingleton<WebhookLog>();
        services.TryAddSingleton<ReplayDeliveries>();
        return services;
    }
}
