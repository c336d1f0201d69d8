using AiSaas.Core.Retrieval.Records;
using AiSaas.Ingestion.Worker;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Quality;

/// <summary>Deletes records of searches that have had their time.</summary>
internal sealed class QueryExpiry(NpgsqlDataSource source, IOptions<QueryRecordOptions> options, TimeProvider clock, ILogger<QueryExpiry> logger)
    : Expiry(source, clock, logger)
{
    private const int AtOnce = 1000;

    internal override async Task<bool> ExpireAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_queries($1, $2)", cancellation, AtOnce, options.Value.Retention) == AtOnce;
}
