using AiSaas.Llm.Local;
using AiSaas.Llm.Models;

namespace AiSaas.Ingestion.Worker;

/// <summary>Loads the local embedder before the first question needs it. A provider's is not called: that would cost.</summary>
internal sealed partial class WarmUp(EmbeddingCatalog embeddings, ILogger<WarmUp> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (embeddings.DefaultModel != LocalModels.UseLite)
        {
            return;
        }

        // Off the start's own thread: loading is work, not waiting.
        await Task.Yield();
        try
        {
            await embeddings.Default.GenerateAsync(["How long does a refund take?"], cancellationToken: stoppingToken);
        }
        catch (FileNotFoundException missing)
        {
            // Search goes on by words alone and says so with each result.
            Log.NoModel(logger, missing.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The local embedder can't be loaded: {Reason}")]
        public static partial void NoModel(ILogger logger, string reason);
    }
}
