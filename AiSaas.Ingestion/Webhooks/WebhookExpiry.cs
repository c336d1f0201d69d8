using AiSaas.Core.Webhooks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Webhooks;

/// <summary>Deletes deliveries that have had their time. Every worker does, a few at once; none waits for another.</summary>
internal sealed partial class WebhookExpiry(
    NpgsqlDataSource source, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookExpiry> logger) : BackgroundService
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
        await using var command = source.CreateCommand("select app.expire_webhooks($1, $2)");
        command.Parameters.AddWithValue(Batch);
        command.Parameters.AddWithValue(options.Value.Retention);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Old deliveries will be deleted later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
