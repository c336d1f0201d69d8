using System.Text.Json;
using System.Threading.Channels;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Core.Retrieval.Records;

/// <summary>Keeps records of searches, behind them: a search never waits for its record, and never fails with it.</summary>
/// <remarks>
/// Records wait in memory, a bounded number of them, and are written many at once. When the database is away or slower than the
/// searches, the newest are dropped and counted in a warning: they are for looking at, not for accounting.
/// </remarks>
internal sealed partial class QueryRecorder(
    NpgsqlDataSource source, IOptions<QueryRecordOptions> options, TimeProvider clock, ILogger<QueryRecorder> logger) : BackgroundService
{
    private const int MostWaiting = 5_000;
    private const int LargestBatch = 200;
    private const int TimeoutSeconds = 10;

    private readonly Channel<QueryRecord> _waiting = Channel.CreateBounded<QueryRecord>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _dropped;

    /// <summary>Returns at once. A query without an origin leaves no record.</summary>
    public void Record(TenantId tenant, RetrievalQuery query, RetrievalResult result)
    {
        if (query.Origin is { } origin && options.Value.Enabled
            && !_waiting.Writer.TryWrite(QueryRecord.Of(tenant, origin, query, result, clock.GetUtcNow())))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What waits is written before the process goes.
        _waiting.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<QueryRecord> batch = new(LargestBatch);
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            try
            {
                await Task.Delay(options.Value.Pause, clock, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                // Stopping: no more waiting for company.
            }

            batch.Clear();
            while (batch.Count < LargestBatch && _waiting.Reader.TryRead(out var record))
            {
                batch.Add(record);
            }

            await KeepAsync(batch);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            {
                Log.Dropped(logger, dropped);
            }
        }
    }

    private async Task KeepAsync(IReadOnlyList<QueryRecord> batch)
    {
        try
        {
            await RefusedBinds.GuardAsync(
                source,
                "select app.record_queries($1, $2)",
                async command =>
                {
                    command.CommandTimeout = TimeoutSeconds;
                    command.Parameters.Add(SqlParameter.Json(JsonSerializer.Serialize(batch, QueryRecordJson.Default.IReadOnlyListQueryRecord)));
                    command.Parameters.Add(SqlParameter.From(options.Value.MostPerTenant));
                    return await command.ExecuteNonQueryAsync();
                },
                CancellationToken.None);
        }
        catch (PostgresException refused) when (batch.Count > 1 && refused.SqlState[..2] is "22" or "23")
        {
            // One that can't be kept takes no other with it: halves until it is alone.
            await KeepAsync([.. batch.Take(batch.Count / 2)]);
            await KeepAsync([.. batch.Skip(batch.Count / 2)]);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            Log.Lost(logger, batch.Count, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Count} searches left no record: more came than could be written")]
        public static partial void Dropped(ILogger logger, long count);

        [LoggerMessage(LogLevel.Warning, "{Count} searches left no record: {Reason}")]
        public static partial void Lost(ILogger logger, int count, string reason);
    }
}
