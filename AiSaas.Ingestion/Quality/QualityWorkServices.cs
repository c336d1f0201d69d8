using AiSaas.Core.Jobs;
using AiSaas.Core.Quality;

namespace AiSaas.Ingestion.Quality;

internal static class QualityWorkServices
{
    /// <summary>Evaluates golden questions. Needs retrieval and the gateway.</summary>
    public static IHostApplicationBuilder AddQualityWork(this IHostApplicationBuilder builder)
    {
        builder.Services.AddQuality();
        builder.Services.AddJobHandler<EvaluateRetrieval>(JobKind.Evaluation);
        builder.Services.AddHostedService<QueryExpiry>();
        return builder;
    }
}
