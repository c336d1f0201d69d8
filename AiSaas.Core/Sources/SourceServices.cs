using AiSaas.Core.Jobs;
using AiSaas.Core.Outbound;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Sources;

public static class SourceServices
{
    /// <summary>Documents from the web, in api and workers. Needs documents and jobs.</summary>
    public static IServiceCollection AddSources(this IServiceCollection services)
    {
        services.AddOptions<SourcesOptions>().BindConfiguration(SourcesOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOutbound();
        services.TryAddSingleton<SourceWalks>();
        services.TryAddSingleton<SourceLibrary>();
        services.TryAddSingleton<AddSource>();
        services.TryAddSingleton<ChangeSource>();
        services.AddSchedulableKind<RefetchSchedule>();
        return services.AddJobSettlement<SourceSettlement>();
    }
}
