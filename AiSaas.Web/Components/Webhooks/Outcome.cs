using AiSaas.Contracts.Webhooks;
using AiSaas.Web.Api;

namespace AiSaas.Web.Components.Webhooks;

/// <summary>Waits a moment for what a delivery comes to, so that the page that asked for it can say so, scripts or not.</summary>
internal static class Outcome
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(150);

    public static async Task<(string Words, string Tone)> WatchAsync(
        ApiClient api, WebhookDelivery sent, TimeProvider clock, CancellationToken cancellation)
    {
        long started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(Poll, clock, cancellation);
            var answer = await api.GetAsync<WebhookDelivery>($"/api/webhooks/deliveries/{sent.Id}", cancellation);
            if (answer.Value is { } now && now.Tries > sent.Tries && now.Attempts is [.., var last])
            {
                return last.Error is null
                    ? ($"Delivered: {WebhookWords.Answer(last)}.", "ok")
                    : ($"It did not arrive: {last.Error}", "warn");
            }
        }

        return ("On its way. Reload to see how it went.", "info");
    }
}
