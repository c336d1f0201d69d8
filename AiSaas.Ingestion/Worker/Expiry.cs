using Npgsql;

namespace AiSaas.Ingestion.Worker;

/// <summary>Deletes what has had its time, a few at once and again and again. Every worker does; the statements skip what another is at.</summary>
internal abstract partial class Expiry(NpgsqlDataSource source, TimeProvider clock, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    protected virtual TimeSpan Interval => TimeSpan.FromMinutes(10);

    /// <summary>How long one statement may take.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(30);

    /// <returns>Whether there may be more.</returns>
    internal abstract Task<bool> ExpireAsync(CancellationToken cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await ExpireAsync(stoppingToken))
                {
                    await Task.Delay(Breath, clock, stoppingToken);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                Log.Later(logger, GetType().Name, failure.Message);
            }
        }
    }

    /// <param name="sql">Calls a function that answers how many it has deleted.</param>
    /// <param name="cancellation">The worker's.</param>
    /// <param name="arguments">For <c>$1</c>, <c>$2</c>, …</param>
    protected async Task<int> RunAsync(string sql, CancellationToken cancellation, params object[] arguments)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = (int)Patience.TotalSeconds;
        foreach (object argument in arguments)
        {
            command.Parameters.AddWithValue(argument);
        }

        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Expiry} goes on later: {Reason}")]
        public static partial void Later(ILogger logger, string expiry, string reason);
    }
}
