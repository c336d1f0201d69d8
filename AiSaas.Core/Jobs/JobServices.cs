using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Jobs;

public static class JobServices
{
    /// <summary>Submitting, cancelling and watching jobs. Needs persistence and Redis.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<JobLimits>().Configure<IConfiguration>((limits, configuration) => limits.Read(configuration))
            .ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<JobDispatch>();
        services.TryAddSingleton<JobSubmitter>();
        services.TryAddSingleton<JobLanes>();
        services.TryAddSingleton<JobStore>();
        services.TryAddSingleton<Settlements>();
        services.TryAddSingleton<JobTrees>();
        services.TryAddSingleton<JobViews>();
        // Factories, since these two are public with parts that are not.
        services.TryAddSingleton(provider => new JobControl(
            provider.GetRequiredService<TenantDatabase>(), provider.GetRequiredService<JobDispatch>(),
            provider.GetRequiredService<Settlements>(), provider.GetRequiredService<JobTrees>(), provider.GetRequiredService<ChangeSignals>(),
            provider.GetRequiredService<RedisClient>(), provider.GetRequiredService<JobViews>()));
        services.TryAddSingleton(provider => new JobQueue(
            provider.GetRequiredService<TenantDatabase>(), provider.GetRequiredService<JobDispatch>(),
            provider.GetRequiredService<JobSubmitter>(), provider.GetRequiredService<JobControl>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<JobReader>();
        services.TryAddSingleton<SettledJobs>();
        services.TryAddSingleton<ScheduleKinds>();
        services.TryAddSingleton<ScheduleControl>();
        services.TryAddSingleton<DueSchedules>();
        return services;
    }

    /// <summary>In api and workers: what people may schedule.</summary>
    public static IServiceCollection AddSchedulableKind<T>(this IServiceCollection services)
        where T : class, ISchedulableKind =>
        services.AddSingleton<ISchedulableKind, T>();

    /// <summary>In workers: who runs jobs of <paramref name="kind"/>.</summary>
    public static IServiceCollection AddJobHandler<T>(this IServiceCollection services, JobKind kind)
        where T : class, IJobHandler
    {
        services.TryAddScoped<T>();
        return services.AddSingleton(new JobHandlerEntry(kind, scope => scope.GetRequiredService<T>()));
    }

    /// <summary>In api and workers: what a kind's rows need when a job ends without its handler.</summary>
    public static IServiceCollection AddJobSettlement<T>(this IServiceCollection services)
        where T : class, IJobSettlement =>
        services.AddSingleton<IJobSettlement, T>();
}

internal sealed record JobHandlerEntry(JobKind Kind, Func<IServiceProvider, IJobHandler> Create);
