using Npgsql;

namespace AiSaas.Ingestion.Batches;

/// <summary>Deletes batches and files that have had their time. Every worker does, a few at once; none waits for another.</summary>
internal sealed partial class BatchExpiry(NpgsqlDataSource source, TimeProvider clock, ILogger<BatchExpiry> logger) : BackgroundService
{
    /// <summary>A batch may have a hundred thousand items, which go with it.</summary>
    private const int Batches = 5;
    private const int Files = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await ExpireAsync(stoppingToken))
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

    /// <returns>Whether there may be more.</returns>
    internal async Task<bool> ExpireAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_batch_files($1)", Files, cancellation) == Files
        | await RunAsync("select app.expire_batches($1)", Batches, cancellation) == Batches;

    private async Task<int> RunAsync(string sql, int amount, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddWithValue(amount);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Expired batches will be deleted later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
