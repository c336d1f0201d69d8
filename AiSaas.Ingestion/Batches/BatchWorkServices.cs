using AiSaas.Core.Batches;
using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Batches;

internal static class BatchWorkServices
{
    /// <summary>Makes batches. Needs the gateway and responses.</summary>
    public static IHostApplicationBuilder AddBatchWork(this IHostApplicationBuilder builder)
    {
        builder.Services.AddBatches();
        builder.Services.AddSingleton<BatchCalls>();
        builder.Services.AddJobHandler<RunBatch>(JobKind.Batch);
        builder.Services.AddJobHandler<RunBatchPart>(JobKind.BatchPart);
        builder.Services.AddHostedService<BatchExpiry>();
        return builder;
    }
}
