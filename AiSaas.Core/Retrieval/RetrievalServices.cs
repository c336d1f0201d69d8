using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval.Records;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Retrieval;

public static class RetrievalServices
{
    /// <summary>Searching and indexing. Needs persistence and the embedding catalog.</summary>
    public static IServiceCollection AddRetrieval(this IServiceCollection services)
    {
        services.TryAddSingleton<EmbeddingSpaces>();
        services.TryAddSingleton<QuestionEmbedder>();
        services.TryAddSingleton(provider => new Retriever(
            provider.GetRequiredService<TenantDatabase>(),
            provider.GetRequiredService<QuestionEmbedder>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<QueryRecorder>()));
        services.AddQueryRecords();
        return services;
    }
}
