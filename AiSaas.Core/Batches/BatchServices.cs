using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Jobs;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Persistence;
using AiSaas.Core.Webhooks;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Batches;

public static class BatchServices
{
    /// <summary>Taking batches, reading them, files for them. Needs the gateway, persistence, jobs, webhooks and the file store.</summary>
    public static IServiceCollection AddBatches(this IServiceCollection services)
    {
        services.AddOptions<BatchOptions>().BindConfiguration(BatchOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<SpoolRoom>();
        services.TryAddSingleton(provider => new BatchIntake(
            provider.GetRequiredService<RouteTable>(), provider.GetRequiredService<TenantProviderKeys>(), provider.GetRequiredService<SpoolRoom>(),
            provider.GetRequiredService<IOptions<BatchOptions>>()));
        services.TryAddSingleton(provider => new SubmitBatch(
            provider.GetRequiredService<TenantDatabase>(), provider.GetRequiredService<JobQueue>(), provider.GetRequiredService<BatchIntake>(),
            provider.GetRequiredService<WebhookOutbox>(), provider.GetRequiredService<IOptions<BatchOptions>>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<BatchResults>();
        services.TryAddSingleton<BatchFiles>();
        services.TryAddSingleton<FileBatches>();
        services.AddSingleton<IJobView, BatchView>();
        services.AddSingleton<ISchedulableKind>(provider => new ScheduledBatch(
            provider.GetRequiredService<SubmitBatch>(), provider.GetRequiredService<BatchIntake>()));
        services.AddJobSettlement<SettleBatch>();
        return services.AddJobSettlement<SettleBatchPart>();
    }
}
