using AiSaas.Core.Retrieval.Records;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Quality;

/// <summary>Deletes records of searches that have had their time. Every worker does, a few at once; none waits for another.</summary>
internal sealed partial class QueryExpiry(
    NpgsqlDataSource source, IOptions<QueryRecordOptions> options, TimeProvider clock, ILogger<QueryExpiry> logger) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await ExpireAsync(stoppingToken) == Batch)
                {
                    // There may be more.
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                Log.Later(logger, failure.Message);
            }
        }
    }

    internal async Task<int> ExpireAsync(CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select app.expire_queries($1, $2)");
        command.Parameters.AddWithValue(Batch);
        command.Parameters.AddWithValue(options.Value.Retention);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Old records of searches will be deleted later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
