using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Core.Webhooks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Webhooks;

/// <summary>Looks for endpoints that have something due, and submits a job for each that has none.</summary>
/// <remarks>Looking instead of being told: whoever ends a job, in C# or in SQL, writes a row and need not know how it gets sent, and a
/// hint that is lost loses nothing. Every worker looks; the job's dedupe key makes one of two.</remarks>
internal sealed partial class WebhookDispatch(
    NpgsqlDataSource source, TenantDatabase database, JobQueue jobs, IOptions<WebhookOptions> options, TimeProvider clock,
    ILogger<WebhookDispatch> logger) : BackgroundService
{
    private const int Batch = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                // Workers that started together don't stay in step.
                await Task.Delay(options.Value.Look * (0.75 + (Random.Shared.NextDouble() / 2)), clock, stoppingToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                Log.Later(logger, failure.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    internal async Task LookAsync(CancellationToken cancellation)
    {
        foreach (var tenant in (await DueAsync(cancellation)).GroupBy(due => due.Tenant))
        {
            await using var work = await database.BeginAsync(tenant.Key, cancellation);
            await jobs.EnqueueAllAsync(work, [.. tenant.Select(due => WebhookJob.For(due.Endpoint))], cancellation);
            await work.CommitAsync(cancellation);
        }
    }

    private async Task<List<(TenantId Tenant, WebhookId Endpoint)>> DueAsync(CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select tenant_id, endpoint_id from app.due_webhooks($1, $2)");
        command.Parameters.AddWithValue(Batch);
        command.Parameters.AddWithValue(options.Value.EndpointsPerTenant);
        List<(TenantId, WebhookId)> due = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            due.Add((TenantId.From(reader.GetGuid(0)), WebhookId.From(reader.GetGuid(1))));
        }

        return due;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Webhooks that are due wait for the next look: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
