using AiSaas.Core.Webhooks;
using AiSaas.Ingestion.Worker;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Webhooks;

/// <summary>Deletes deliveries that have had their time.</summary>
internal sealed class WebhookExpiry(NpgsqlDataSource source, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookExpiry> logger)
    : Expiry(source, clock, logger)
{
    private const int AtOnce = 1000;

    internal override async Task<bool> ExpireAsync(CancellationToken cancellation) =>
        await RunAsync("select app.expire_webhooks($1, $2)", cancellation, AtOnce, options.Value.Retention) == AtOnce;
}
