using System.Diagnostics;
using AiSaas.Core.Persistence;
using Npgsql;

namespace AiSaas.Migrator;

/// <summary>Waits for Postgres, migrates, and ends the process: with 0 when the schema is this build's, with 1 otherwise.</summary>
internal sealed partial class MigrateThenStop(
    DatabaseMigrator migrator, NpgsqlDataSource owner, IConfiguration configuration, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<MigrateThenStop> logger) : BackgroundService
{
    private static readonly ActivitySource Source = new("AiSaas.Migrator");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var activity = Source.StartActivity("migrate");
        try
        {
            string password = configuration["Database:AppPassword"]
                ?? throw new InvalidOperationException("Database:AppPassword is not set: start the product by its AppHost (./run).");
            await WaitForPostgresAsync(stoppingToken);
            await migrator.MigrateAsync(password, migrations: null, stoppingToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            Log.Failed(logger, failure);
            Environment.ExitCode = 1;
        }

        lifetime.StopApplication();
    }

    private async Task WaitForPostgresAsync(CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await owner.OpenConnectionAsync(cancellation);
                return;
            }
            catch (NpgsqlException) when (time.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Critical, "The database could not be migrated")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
