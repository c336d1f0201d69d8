using AiSaas.Core.Jobs;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Worker;

internal static class WorkerServices
{
    /// <summary>Runs the jobs of the queues in <see cref="WorkerOptions.Queues"/> with the handlers that features registered.</summary>
    public static IHostApplicationBuilder AddWorker(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<WorkerOptions>()
            .BindConfiguration(WorkerOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<LeaseKeeper>();
        builder.Services.AddSingleton<JobSource>();
        builder.Services.AddOptions<JobRetentionOptions>()
            .BindConfiguration(JobRetentionOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<AttemptLog>();
        builder.Services.AddSingleton<Calendar>();
        builder.Services.AddSingleton<JobRetention>();
        builder.Services.AddSingleton<OutcomeWriter>();
        builder.Services.AddSingleton<BoundedAttempt>();
        builder.Services.AddSingleton<MemoryGuard>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<MemoryGuard>());
        builder.Services.AddSingleton<JobRunner>();
        builder.Services.AddSingleton<Sweeper>();
        builder.Services.AddHostedService<JobWorker>();
        // The host must not cut a drain short.
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<WorkerOptions>>((host, worker) =>
            host.ShutdownTimeout = worker.Value.Drain + TimeSpan.FromSeconds(10));
        return builder;
    }
}
