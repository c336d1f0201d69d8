using AiSaas.Ingestion.Worker;
using Npgsql;

namespace AiSaas.Ingestion.Uploads;

/// <summary>Deletes uploads that nobody went on with, and the records of those that are done.</summary>
internal sealed class UploadExpiry(NpgsqlDataSource source, TimeProvider clock, ILogger<UploadExpiry> logger)
    : Expiry(source, clock, logger)
{
    // Each may have a gigabyte of blocks.
    private const int AtOnce = 5;

    internal override async Task<bool> ExpireAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_uploads($1)", cancellation, AtOnce) == AtOnce;
}
