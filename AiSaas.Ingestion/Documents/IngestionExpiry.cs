using AiSaas.Ingestion.Worker;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Documents;

/// <summary>Takes out of the database what ingestion keeps for later and nobody came for: old vectors of the cache, and what is in the
/// index of documents that were given up. Of all workers one at a time is at it.</summary>
internal sealed class IngestionExpiry(
    NpgsqlDataSource source, IOptions<IngestionOptions> options, TimeProvider clock, ILogger<IngestionExpiry> logger)
    : Expiry(source, clock, logger)
{
    private const int AtOnce = 5000;

    protected override TimeSpan Interval => options.Value.CacheSweep;

    protected override TimeSpan Patience => TimeSpan.FromMinutes(5);

    internal override async Task<bool> ExpireAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_embeddings($1, $2, $3)", cancellation, options.Value.KeepEmbeddings, options.Value.KeptEmbeddings, AtOnce) == AtOnce
        | await RunAsync("select app.sweep_index_stages($1)", cancellation, AtOnce) > 0;
}
