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
        services.TryAddSingleton<JobStore>();
        services.TryAddSingleton<Settlements>();
        services.TryAddSingleton<JobTrees>();
        // Factories, since these two are public with parts that are not.
        services.TryAddSingleton(provider => new JobControl(
            provider.GetRequiredService<TenantDatabase>(), provider.GetRequiredService<JobDispatch>(),
            provider.GetRequiredService<Settlements>(), provider.GetRequiredService<JobTrees>(), provider.GetRequiredService<ChangeSignals>(),
            provider.GetRequiredService<RedisClient>()));
        services.TryAddSingleton(provider => new JobQueue(
            provider.GetRequiredService<TenantDatabase>(), provider.GetRequiredService<JobDispatch>(),
            provider.GetRequiredService<JobSubmitter>(), provider.GetRequiredService<JobControl>(), provider.GetRequiredService<TimeProvider>()));
        return services;
    }

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
