using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Retrieval.Reranking;
using AiSaas.Core.Retrieval.Spaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Retrieval;

public static class RetrievalServices
{
    /// <summary>Searching and indexing. Needs persistence, models, jobs and the gateway.</summary>
    public static IServiceCollection AddRetrieval(this IServiceCollection services)
    {
        services.AddOptions<SpaceOptions>().BindConfiguration(SpaceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<PlanningOptions>().BindConfiguration(PlanningOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<RerankOptions>().BindConfiguration(RerankOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<RerankOptions>, RerankOptionsValidator>();
        services.TryAddSingleton<EmbeddingSpaces>();
        services.TryAddSingleton<TenantSpaces>();
        services.TryAddSingleton<SpaceDesk>();
        services.TryAddSingleton<QueryPlanner>();
        services.TryAddSingleton<PassageReranker>();
        services.AddSingleton<IJobView, SwitchView>();
        services.AddJobSettlement<SettleSwitch>();
        services.AddJobSettlement<SettleSwitchPart>();
        services.TryAddSingleton<QuestionEmbedder>();
        services.TryAddSingleton(provider => new Retriever(
            provider.GetRequiredService<TenantDatabase>(),
            provider.GetRequiredService<QuestionEmbedder>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<QueryPlanner>(),
            provider.GetRequiredService<PassageReranker>(),
            provider.GetRequiredService<QueryRecorder>()));
        services.AddQueryRecords();
        return services;
    }
}
