using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Webhooks;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Webhooks;

/// <summary>Sends what is due to one endpoint, some at once, and writes each attempt down as soon as it has ended.</summary>
/// <remarks>A worker that dies in between has sent messages that nobody wrote down: the next one sends them again, under the same id.
/// A turn ends after some seconds although more is due, so that endpoints take turns like tenants do.</remarks>
internal sealed class DeliverWebhooks(
    TenantDatabase database, WebhookSender sender, IOptions<WebhookOptions> options, TimeProvider clock) : IJobHandler
{
    private const int Batch = 100;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(15);

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var id = context.Read(WebhookJobJson.Default.WebhookJob).Endpoint;
        long started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < Turn)
        {
            await using var work = await database.BeginAsync(context.Tenant, cancellation);
            var endpoint = await DeliveryRows.EndpointAsync(work, id, cancellation);
            var due = endpoint is null ? [] : await DeliveryRows.DueAsync(work, id, Batch, cancellation);
            await work.CommitAsync(cancellation);
            if (due.Count == 0)
            {
                break;
            }

            await SendAllAsync(context, endpoint!, due, started, cancellation);
        }

        return JobOutcome.Done;
    }

    private async Task SendAllAsync(
        JobContext context, SendingEndpoint endpoint, List<DueDelivery> due, long started, CancellationToken cancellation)
    {
        using CancellationTokenSource enough = new();
        // Begun attempts go on to their end; only new ones are not begun any more.
        var (concurrency, next) = (options.Value.Concurrency, -1);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, due.Count)).Select(async _ =>
        {
            while (!enough.IsCancellationRequested && clock.GetElapsedTime(started) < Turn
                && Interlocked.Increment(ref next) is var mine && mine < due.Count)
            {
                var result = await sender.SendAsync(context.Tenant, endpoint, due[mine], cancellation);
                await context.FencedAsync(
                    (work, token) => DeliveryRows.RecordAsync(work, endpoint.Id, due[mine].Id, result, token), cancellation);
                if (result.Pause is not null || result.DisabledReason is not null)
                {
                    await enough.CancelAsync();
                }
            }
        }));
    }
}
