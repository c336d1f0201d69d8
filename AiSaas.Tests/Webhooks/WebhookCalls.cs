using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiSaas.Contracts;
using AiSaas.Contracts.Webhooks;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Webhooks;

/// <summary>The routes of webhooks as a program calls them.</summary>
internal static class WebhookCalls
{
    public static async Task<CreatedWebhook> HookAsync(this Account account, string url, params string[] events)
    {
        using var response = await account.Http.PostAsJsonAsync("/api/webhooks", new CreateWebhookRequest(url, events));
        return await ReadAsync(response, ContractsJson.Default.CreatedWebhook);
    }

    public static async Task<WebhookDelivery> TestHookAsync(this Account account, Guid webhook)
    {
        using var response = await account.Http.PostAsync($"/api/webhooks/{webhook}/test", null);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return await ReadAsync(response, ContractsJson.Default.WebhookDelivery);
    }

    public static Task<WebhookInfo> WebhookAsync(this Account account, Guid webhook) =>
        account.GetAsync($"/api/webhooks/{webhook}", ContractsJson.Default.WebhookInfo);

    public static Task<WebhookDelivery> DeliveryAsync(this Account account, Guid delivery) =>
        account.GetAsync($"/api/webhooks/deliveries/{delivery}", ContractsJson.Default.WebhookDelivery);

    public static async Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(this Account account, Guid webhook, string query = "") =>
        (await account.GetAsync($"/api/webhooks/{webhook}/deliveries{query}", ContractsJson.Default.PageWebhookDelivery)).Items;

    public static Task<WebhookDelivery> BecomesAsync(this Account account, Guid delivery, string status, int tries, TimeSpan? within = null) =>
        Eventually.GetAsync(
            async () => await account.DeliveryAsync(delivery) is { } now && now.Status == status && now.Tries >= tries ? now : null,
            $"delivery {delivery} is {status} after {tries} tries", within);

    public static async Task<T> GetAsync<T>(this Account account, string path, JsonTypeInfo<T> shape)
    {
        using var response = await account.Http.GetAsync(new Uri(path, UriKind.Relative));
        return await ReadAsync(response, shape);
    }

    /// <summary>What the verifiers of others say to a message: the specification's library, and OpenAI's client.</summary>
    public static async Task<(string Standard, string OpenAI)> VerifyAsync(string secret, Received message, string? body = null)
    {
        ProcessStartInfo start = new("node", ["verify-webhook.mjs"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.PathOf("AiSaas.Tests", "Gateway", "Clients", "node"),
        };
        using var node = Process.Start(start)!;
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(new
        {
            secret,
            body = body ?? message.Body,
            headers = new Dictionary<string, string>
            {
                ["webhook-id"] = message.Id,
                ["webhook-timestamp"] = message.Headers["webhook-timestamp"],
                ["webhook-signature"] = message.Signature,
            },
        }));
        node.StandardInput.Close();
        var errors = node.StandardError.ReadToEndAsync();
        string told = await node.StandardOutput.ReadToEndAsync();
        Assert.True(told.Length > 0, await errors);
        using var answer = JsonDocument.Parse(told);
        return (answer.RootElement.GetProperty("standard").GetString()!, answer.RootElement.GetProperty("openai").GetString()!);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> shape)
    {
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadFromJsonAsync(shape))!;
    }
}
