using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Identity;
using AiSaas.Core.Identity;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Identity;

public sealed class KeyTests(Product product) : IClassFixture<Product>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_shown_once_kept_as_a_hash_and_refused_as_soon_as_it_is_deleted()
    {
        using var account = await product.RegisterAsync();
        var key = await CreateAsync(account, new CreateKeyRequest("laptop"));

        Assert.StartsWith("sk-ais-", key.Key, StringComparison.Ordinal);
        string list = await account.Http.GetStringAsync("/api/keys", Cancellation);
        Assert.DoesNotContain(key.Key, list, StringComparison.Ordinal);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from api_keys k where to_jsonb(k)::text like '%' || $1 || '%'", key.Key));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(key.Key, "/api/me"));

        using var deleted = await account.Http.DeleteAsync($"/api/keys/{key.Id}", Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(key.Key, "/api/me"));
    }

    [Fact]
    public async Task A_key_in_x_api_key_is_as_good_and_nonsense_is_refused()
    {
        using var account = await product.RegisterAsync();
        var key = await CreateAsync(account, new CreateKeyRequest("laptop"));
        using HttpClient program = new() { BaseAddress = product.Api };
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/me") { Headers = { { "x-api-key", key.Key } } };

        using var accepted = await program.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        foreach (string nonsense in new[] { "sk-ais-", "sk-ais-" + new string('x', 43), "hello", key.Key + "x" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(nonsense, "/api/me"));
        }
    }

    [Fact]
    public async Task A_key_reaches_what_its_scopes_name()
    {
        using var account = await product.RegisterAsync();
        string reader = (await CreateAsync(account, new CreateKeyRequest("reader", ["read"]))).Key;
        string chat = (await CreateAsync(account, new CreateKeyRequest("chat", ["chat"]))).Key;

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(reader, "/api/collections"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(reader, "/api/collections", HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(chat, "/api/conversations"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(chat, "/api/collections"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(chat, "/api/me"));
    }

    [Fact]
    public async Task An_expired_key_and_an_unknown_scope_are_refused()
    {
        using var account = await product.RegisterAsync();

        using var expired = await account.Http.PostAsJsonAsync(
            "/api/keys", new CreateKeyRequest("old", ExpiresAt: DateTimeOffset.UnixEpoch), Cancellation);
        using var unknown = await account.Http.PostAsJsonAsync("/api/keys", new CreateKeyRequest("odd", ["fly"]), Cancellation);

        Assert.Equal("keys:expired", (await Account.ProblemAsync(expired)).Code);
        Assert.Equal("keys:unknown-scope", (await Account.ProblemAsync(unknown)).Code);
    }

    [Theory]
    [InlineData("api", "/api/documents/x", false, true)]
    [InlineData("read", "/api/documents/x", true, true)]
    [InlineData("read", "/api/documents/x", false, false)]
    [InlineData("read", "/v1/models", true, false)]
    [InlineData("gateway", "/v1/chat/completions", false, true)]
    [InlineData("gateway", "/api/documents/x", true, false)]
    [InlineData("documents", "/api/collections", false, true)]
    [InlineData("documents", "/api/something-new", true, false)]
    public void Scopes_decide_by_the_first_segment_and_what_is_new_needs_everything(string scope, string path, bool reads, bool allowed) =>
        Assert.Equal(allowed, Scopes.Allow([scope], path, reads));

    private static async Task<CreatedKey> CreateAsync(Account account, CreateKeyRequest request)
    {
        using var response = await account.Http.PostAsJsonAsync("/api/keys", request, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.CreatedKey, Cancellation))!;
    }

    private async Task<HttpStatusCode> StatusAsync(string key, string path, HttpMethod? method = null)
    {
        using HttpClient program = new() { BaseAddress = product.Api };
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, path)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
            Content = method == HttpMethod.Post ? JsonContent.Create(new { name = "x" }) : null,
        };
        using var response = await program.SendAsync(request, Cancellation);
        return response.StatusCode;
    }
}
