using AiSaas.Core.Jobs;
using AiSaas.Core.Webhooks;

namespace AiSaas.Ingestion.Webhooks;

internal static class WebhookWorkServices
{
    /// <summary>Sends webhooks. Needs jobs and persistence.</summary>
    public static IHostApplicationBuilder AddWebhookWork(this IHostApplicationBuilder builder)
    {
        builder.Services.AddWebhooks();
        builder.Services.AddSingleton<WebhookSender>();
        builder.Services.AddJobHandler<DeliverWebhooks>(JobKind.Webhook);
        builder.Services.AddHostedService<WebhookDispatch>();
        builder.Services.AddHostedService<WebhookExpiry>();
        return builder;
    }
}
