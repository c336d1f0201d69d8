using AiSaas.Ingestion.Worker;
using Npgsql;

namespace AiSaas.Ingestion.Responses;

/// <summary>Deletes responses that have had their time.</summary>
internal sealed class ResponseExpiry(NpgsqlDataSource source, TimeProvider clock, ILogger<ResponseExpiry> logger)
    : Expiry(source, clock, logger)
{
    private const int AtOnce = 500;

    internal override async Task<bool> ExpireAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_responses($1)", cancellation, AtOnce) == AtOnce;
}
