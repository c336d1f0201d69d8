using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Quality;

public static class QualityServices
{
    /// <summary>Golden questions, evaluations, settings and their gate. Needs persistence, jobs and retrieval.</summary>
    public static IServiceCollection AddQuality(this IServiceCollection services)
    {
        services.AddOptions<QualityOptions>().BindConfiguration(QualityOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<GoldenQuestions>();
        services.TryAddSingleton<GoldenFile>();
        services.TryAddSingleton<GoldenSources>();
        services.TryAddSingleton<Evaluations>();
        services.TryAddSingleton<AppliedSettings>();
        services.TryAddSingleton<SettingsGate>();
        services.TryAddSingleton(provider => new SettingsDesk(
            provider.GetRequiredService<TenantDatabase>(), provider.GetRequiredService<SettingsGate>(), provider.GetRequiredService<AppliedSettings>()));
        services.TryAddSingleton<SearchLab>();
        services.TryAddSingleton<QualityBoard>();
        return services.AddJobSettlement<EvaluationSettlement>();
    }
}
