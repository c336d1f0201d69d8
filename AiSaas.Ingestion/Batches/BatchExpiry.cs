using AiSaas.Ingestion.Worker;
using Npgsql;

namespace AiSaas.Ingestion.Batches;

/// <summary>Deletes batches and files that have had their time.</summary>
internal sealed class BatchExpiry(NpgsqlDataSource source, TimeProvider clock, ILogger<BatchExpiry> logger)
    : Expiry(source, clock, logger)
{
    // A batch may have a hundred thousand items, which go with it.
    private const int Batches = 5;
    private const int Files = 20;

    internal override async Task<bool> ExpireAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_batch_files($1)", cancellation, Files) == Files
        | await RunAsync("select app.expire_batches($1)", cancellation, Batches) == Batches;
}
