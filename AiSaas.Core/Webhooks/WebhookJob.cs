using System.Text.Json.Serialization;
using AiSaas.Core.Jobs;

namespace AiSaas.Core.Webhooks;

/// <summary>Sends what is due to one endpoint. One such job per endpoint at a time, so a slow receiver fills one slot, whatever it is owed.</summary>
public sealed record WebhookJob(WebhookId Endpoint)
{
    internal static NewJob For(WebhookId endpoint) =>
        NewJob.Of(JobKind.Webhook, new WebhookJob(endpoint), WebhookJobJson.Default.WebhookJob) with { DedupeKey = endpoint.ToString() };
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WebhookJob))]
internal sealed partial class WebhookJobJson : JsonSerializerContext;
