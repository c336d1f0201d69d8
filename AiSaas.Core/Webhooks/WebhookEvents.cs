namespace AiSaas.Core.Webhooks;

/// <summary>What can be heard of. Names live in stored rows and in receivers' code: they are never renamed.</summary>
public static class WebhookEvents
{
    /// <summary>Sent by the test button, to the endpoint that was tested and no other.</summary>
    public const string Test = "webhook.test";

    /// <summary>What an endpoint can subscribe to. The function <c>app.jobs_ended</c> writes them.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "job.succeeded", "job.failed", "job.dead", "job.canceled", "document.ready", "document.failed",
    ];
}
