using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Documents;

/// <summary>Takes out of the database what ingestion keeps for later and nobody came for: old vectors of the cache, and what is in the
/// index of documents that were given up. Every worker looks, one at a time works, a bounded number of rows at once.</summary>
internal sealed partial class IngestionSweep(
    NpgsqlDataSource source, IOptions<IngestionOptions> options, TimeProvider clock, ILogger<IngestionSweep> logger) : BackgroundService
{
    private const int AtOnce = 5000;
    private const int PatienceSeconds = 300;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.CacheSweep, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await SweepAsync(stoppingToken))
                {
                    await Task.Delay(Breath, clock, stoppingToken);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                Log.Later(logger, failure.Message);
            }
        }
    }

    /// <returns>Whether there may be more.</returns>
    internal async Task<bool> SweepAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_embeddings($1, $2, $3)", cancellation, options.Value.KeepEmbeddings, options.Value.KeptEmbeddings, AtOnce) == AtOnce
        | await RunAsync("select app.sweep_index_stages($1)", cancellation, AtOnce) > 0;

    private async Task<int> RunAsync(string sql, CancellationToken cancellation, params object[] arguments)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = PatienceSeconds;
        foreach (object argument in arguments)
        {
            command.Parameters.AddWithValue(argument);
        }

        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The caches of ingestion are swept later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
