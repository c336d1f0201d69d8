using AiSaas.Core.Retrieval;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Migrator;

/// <summary>Looks after the indexes of large tenants, for as long as the product runs. It needs the owner's rights and is therefore none of the
/// workers, which read what strangers upload.</summary>
internal sealed partial class KeepIndexes(
    WordLists lists, VectorIndexes indexes, IOptions<VectorIndexOptions> options, TimeProvider time, ILogger<KeepIndexes> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(options.Value.Interval, time, stoppingToken);
            try
            {
                await lists.KeepAsync(stoppingToken);
                await indexes.KeepAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException or InvalidOperationException)
            {
                Log.Later(logger, failure.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Indexes of large tenants are looked after later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
