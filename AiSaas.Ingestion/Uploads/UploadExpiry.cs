using Npgsql;

namespace AiSaas.Ingestion.Uploads;

/// <summary>Deletes uploads that nobody went on with, and the records of those that are done. Every worker does, a few at once.</summary>
internal sealed partial class UploadExpiry(NpgsqlDataSource source, TimeProvider clock, ILogger<UploadExpiry> logger) : BackgroundService
{
    // Each may have a gigabyte of blocks.
    private const int AtOnce = 5;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await ExpireAsync(stoppingToken) == AtOnce)
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

    /// <returns>How many are gone.</returns>
    internal async Task<int> ExpireAsync(CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select app.expire_uploads($1)");
        command.Parameters.AddWithValue(AtOnce);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Uploads that were left will be deleted later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
