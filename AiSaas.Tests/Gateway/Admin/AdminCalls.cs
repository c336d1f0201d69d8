using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using AiSaas.Contracts;
using AiSaas.Contracts.Gateway;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway.Admin;

/// <summary>What these tests say to the api.</summary>
internal static class AdminCalls
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> ChatAsync(this Account account, string model) => account.Http.PostAsync(
        "/v1/chat/completions", new StringContent($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello?"}]}"""), Cancellation);

    public static Task<HttpResponseMessage> PostKeyAsync(this Account account, string provider, string secret, string? label = null) =>
        account.Http.PostAsJsonAsync("/api/gateway/keys", new AddProviderKeyRequest(provider, secret, label), Cancellation);

    public static async Task<OwnProviderKey> AddKeyAsync(this Account account, string provider, string secret)
    {
        using var response = await account.PostKeyAsync(provider, secret);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.OwnProviderKey, Cancellation))!;
    }

    public static async Task<IReadOnlyList<OwnProviderKey>> KeysAsync(this Account account) =>
        (await account.GetAsync("/api/gateway/keys", ContractsJson.Default.PageOwnProviderKey)).Items;

    public static async Task<GatewayProvider> ProviderAsync(this Account account, string name) =>
        (await account.GetAsync("/api/gateway/providers", ContractsJson.Default.PageGatewayProvider)).Items.Single(provider => provider.Name == name);

    public static async Task<T> GetAsync<T>(this Account account, string path, JsonTypeInfo<T> type) =>
        (await account.Http.GetFromJsonAsync(path, type, Cancellation))!;
}
