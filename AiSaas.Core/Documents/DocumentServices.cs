using AiSaas.Core.Jobs;
using AiSaas.Core.Sources;
using AiSaas.Core.Uploads;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Documents;

public static class DocumentServices
{
    /// <summary>Collections, uploads, reading and deleting documents. Needs persistence, jobs, Redis and tenant limits.</summary>
    public static IServiceCollection AddDocuments(this IServiceCollection services)
    {
        services.AddOptions<DocumentsOptions>().BindConfiguration(DocumentsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IFileStore, PostgresFileStore>();
        services.TryAddSingleton<Collections>();
        services.TryAddSingleton<DocumentLibrary>();
        services.TryAddSingleton<DocumentVersions>();
        services.TryAddSingleton<ChunkLibrary>();
        services.TryAddSingleton<ChangeChunk>();
        services.TryAddSingleton<UploadDocuments>();
        services.TryAddSingleton<PackedDocuments>();
        services.TryAddSingleton<DeleteDocuments>();
        services.TryAddSingleton<RetryDocument>();
        services.TryAddSingleton<UploadWriter>();
        services.TryAddSingleton<FinishUpload>();
        services.TryAddSingleton<Uploads.Uploads>();
        services.TryAddSingleton<SampleDocument>();
        services.TryAddSingleton<SuggestQuestions>();
        return services.AddJobSettlement<IngestSettlement>().AddSources();
    }
}
