using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Runs;
using AiSaas.Core.Tenancy;
using AiSaas.Ingestion.Batches;
using AiSaas.Ingestion.Chat;
using AiSaas.Ingestion.Documents;
using AiSaas.Ingestion.Quality;
using AiSaas.Ingestion.Responses;
using AiSaas.Ingestion.Sources;
using AiSaas.Ingestion.Spaces;
using AiSaas.Ingestion.Webhooks;
using AiSaas.Ingestion.Worker;
using AiSaas.Llm;

namespace AiSaas.Ingestion;

/// <summary>The worker's table of contents: every kind of job has its handler here; <c>Worker:Queues</c> says which queues are served.</summary>
internal static class WorkerSetup
{
    public static void AddHandlers(this WebApplicationBuilder builder)
    {
        builder.AddPersistence();
        builder.AddRedis();
        builder.AddTenancy();
        builder.Services.AddLlm(builder.Configuration);
        builder.Services.AddJobs();
        builder.Services.AddRuns();
        builder.Services.AddDocuments();
        builder.Services.AddRetrieval();
        builder.Services.AddChat();
        builder.AddGateway();
        builder.AddWorker();
        builder.Services.AddHostedService<WarmUp>();

        builder.AddDocumentIngestion();
        builder.AddSourceWork();
        builder.Services.AddJobHandler<AnswerQuestion>(JobKind.Chat);
        builder.AddResponseWork();
        builder.AddBatchWork();
        builder.AddWebhookWork();
        builder.AddSpaceWork();
        builder.AddQualityWork();
    }
}
