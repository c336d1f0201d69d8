using System.Net;
using AiSaas.Contracts;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Providers;
using AiSaas.Tests.Gateway.Admin;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Gateway.Keys;

public sealed class OwnKeyTests(AdminHost host) : IClassFixture<AdminHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string NewSecret(string end) => $"sk-own-{Guid.CreateVersion7():n}-{end}";

    [Fact]
    public async Task A_key_goes_in_and_never_comes_out()
    {
        using var account = await host.RegisterAsync();
        string secret = NewSecret("x4f2");

        using var added = await account.PostKeyAsync("OpenAI", $" {secret} ", "Ours");
        string answer = await added.Content.ReadAsStringAsync(Cancellation);
        string list = await account.Http.GetStringAsync("/api/gateway/keys", Cancellation);
        string providers = await account.Http.GetStringAsync("/api/gateway/providers", Cancellation);

        Assert.All([answer, list, providers], text => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.Equal(0, await host.Stack.ScalarAsync<long>("select count(*) from provider_keys k where to_jsonb(k)::text like '%' || $1 || '%'", secret));
        var key = Assert.Single(await account.KeysAsync());
        Assert.Equal(("openai", "Ours", "…x4f2", "ready", account.UserId), (key.Provider, key.Label, key.Hint, key.State, key.CreatedBy));
        Assert.Contains("openai:…x4f2", providers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mystery", "sk-0123456789", "gateway:unknown-provider")]
    [InlineData("azure-openai", "sk-0123456789", "gateway:unknown-provider")]
    [InlineData("http://169.254.169.254/v1", "sk-0123456789", "gateway:unknown-provider")]
    [InlineData("", "sk-0123456789", "gateway:bad-provider")]
    [InlineData("openai", "short", "gateway:bad-key")]
    [InlineData("openai", "sk-with\r\nheader: x", "gateway:bad-key")]
    public async Task What_is_no_key_for_a_known_address_is_refused(string provider, string secret, string code)
    {
        using var account = await host.RegisterAsync();

        using var refused = await account.PostKeyAsync(provider, secret);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(code, (await Account.ProblemAsync(refused)).Code);
    }

    [Fact]
    public async Task The_same_key_is_not_kept_twice_and_there_is_a_limit()
    {
        using var account = await host.RegisterAsync();
        string secret = NewSecret("same");
        await account.AddKeyAsync("openai", secret);

        using var again = await account.PostKeyAsync("openai", secret);
        for (int i = 1; i < ProviderKeys.MostPerTenant; i++)
        {
            await account.AddKeyAsync("google", NewSecret($"{i:0000}"));
        }

        using var tooMany = await account.PostKeyAsync("google", NewSecret("last"));

        Assert.Equal("gateway:key-exists", (await Account.ProblemAsync(again)).Code);
        Assert.Equal("gateway:too-many-keys", (await Account.ProblemAsync(tooMany)).Code);
    }

    [Fact]
    public async Task Own_keys_go_before_the_house_s_at_once_and_only_for_their_workspace()
    {
        using var account = await host.RegisterAsync();
        using var other = await host.RegisterAsync();
        string secret = NewSecret("mine");

        using var before = await account.ChatAsync("openai/m");
        string houseKey = host.Provider.Keys[^1];
        var key = await account.AddKeyAsync("openai", secret);
        using var with = await account.ChatAsync("openai/m");
        string ownKey = host.Provider.Keys[^1];
        using var others = await other.ChatAsync("openai/m");
        string othersKey = host.Provider.Keys[^1];
        using var deleted = await account.Http.DeleteAsync($"/api/gateway/keys/{key.Id}", Cancellation);
        using var after = await account.ChatAsync("openai/m");

        Assert.All([before, with, others, after], response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.StartsWith("sk-house", houseKey, StringComparison.Ordinal);
        Assert.Equal(secret, ownKey);
        Assert.StartsWith("sk-house", othersKey, StringComparison.Ordinal);
        Assert.StartsWith("sk-house", host.Provider.Keys[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_opens_a_known_provider_that_nobody_configured_for_its_workspace_alone()
    {
        using var account = await host.RegisterAsync();
        using var other = await host.RegisterAsync();
        await account.AddKeyAsync("anthropic", NewSecret("anth"));

        var byPrefix = await account.GetAsync("/api/gateway/routes/claude-x", ContractsJson.Default.RouteExplanation);
        var byName = await account.GetAsync("/api/gateway/routes/anthropic/claude-y", ContractsJson.Default.RouteExplanation);
        using var others = await other.Http.GetAsync(new Uri("/api/gateway/routes/claude-x", UriKind.Relative), Cancellation);
        using var othersCall = await other.ChatAsync("claude-x");

        Assert.Equal(("anthropic", "claude-x", "own", false), (byPrefix.Targets[0].Provider, byPrefix.Targets[0].Model, byPrefix.Targets[0].Keys, byPrefix.Targets[0].IsSkipped));
        Assert.Equal("claude-y", byName.Targets[0].Model);
        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound], [others.StatusCode, othersCall.StatusCode]);
        var provider = await account.ProviderAsync("anthropic");
        Assert.Equal((false, "api.anthropic.com", 0, 1), (provider.IsConfigured, provider.Address, provider.Keys.Count, provider.OwnKeys.Count));
    }

    [Fact]
    public async Task A_refused_own_key_is_shown_with_its_reason_and_the_house_does_not_pay_instead()
    {
        using var account = await host.RegisterAsync();
        string secret = NewSecret("gone");
        var key = await account.AddKeyAsync("openai", secret);
        host.Provider.Revoked[secret] = true;

        using var refused = await account.ChatAsync("openai/m");
        int calls = host.Provider.Keys.Count;
        using var again = await account.ChatAsync("openai/m");

        Assert.False(refused.IsSuccessStatusCode);
        Assert.False(again.IsSuccessStatusCode);
        Assert.Equal(secret, host.Provider.Keys[calls - 1]);
        Assert.Equal(calls, host.Provider.Keys.Count);
        string reason = await Eventually.GetAsync(
            () => host.Stack.ScalarAsync<string>("select disabled_reason from provider_keys where id = $1", key.Id), "the reason is written down");
        Assert.StartsWith("401: Incorrect API key provided: [key].", reason, StringComparison.Ordinal);
        var shown = Assert.Single(await account.KeysAsync());
        Assert.Equal(("disabled", reason), (shown.State, shown.Reason));
        Assert.NotNull(shown.Until);

        host.Provider.Revoked.Clear();
        using var enabled = await account.Http.PostAsync($"/api/gateway/keys/{key.Id}/enable", null, Cancellation);
        using var works = await account.ChatAsync("openai/m");

        Assert.Equal(HttpStatusCode.OK, works.StatusCode);
        Assert.Equal("ready", Assert.Single(await account.KeysAsync()).State);
    }

    [Fact]
    public async Task Another_replica_follows_within_ten_seconds_and_goes_on_without_postgres()
    {
        using var account = await host.RegisterAsync();
        TenantId tenant = new(account.TenantId);
        ManualTime clock = new();
        var replica = Replica(clock);
        Assert.Null(await replica.OfAsync(tenant, Cancellation));

        var first = await account.AddKeyAsync("openai", NewSecret("1111"));
        Assert.Null(await replica.OfAsync(tenant, Cancellation));
        clock.Advance(TimeSpan.FromSeconds(10));
        var pool = (await replica.OfAsync(tenant, Cancellation))!["OpenAI"];
        var chosen = pool.Choose()!;
        Assert.Equal("openai:…1111", chosen.Id);

        // Refused elsewhere: out here too, and back on an operator's word; the pool stays the same all the while.
        await host.Stack.ScalarAsync<int>("update provider_keys set disabled_reason = '401: no' where id = $1 returning 1", first.Id);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Same(pool, (await replica.OfAsync(tenant, Cancellation))!["openai"]);
        Assert.Null(pool.Choose());
        Assert.Equal("401: no", pool.States()[0].Reason);
        Assert.Equal(clock.GetUtcNow().UtcDateTime, await host.Stack.ScalarAsync<DateTime>("select last_used_at from provider_keys where id = $1", first.Id));
        using var enabled = await account.Http.PostAsync($"/api/gateway/keys/{first.Id}/enable", null, Cancellation);
        clock.Advance(TimeSpan.FromSeconds(10));
        await replica.OfAsync(tenant, Cancellation);
        Assert.Equal(chosen, pool.Choose());

        await account.AddKeyAsync("anthropic", NewSecret("2222"));
        clock.Advance(TimeSpan.FromSeconds(10));
        var both = (await replica.OfAsync(tenant, Cancellation))!;
        Assert.Equal(["anthropic", "openai"], both.Keys.Order());

        TenantProviderKeys cutOff = new(
            new TenantDatabase(Npgsql.NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Timeout=1")), Get<SecretVault>(), Get<ProviderRegistry>(), Get<OwnKeyNotes>(), clock);
        await Assert.ThrowsAnyAsync<Exception>(async () => await cutOff.OfAsync(tenant, Cancellation));
    }

    [Fact]
    public async Task A_secret_copied_to_another_workspace_cannot_be_read_and_is_not_replaced_by_the_house_s()
    {
        using var account = await host.RegisterAsync();
        using var thief = await host.RegisterAsync();
        var key = await account.AddKeyAsync("openai", NewSecret("copy"));
        var planted = await thief.AddKeyAsync("openai", NewSecret("mine"));
        await host.Stack.ScalarAsync<int>(
            "update provider_keys set secret = (select secret from provider_keys where id = $1) where id = $2 returning 1", key.Id, planted.Id);

        var pools = await Replica(new ManualTime()).OfAsync(new TenantId(thief.TenantId), Cancellation);

        Assert.Equal(0, pools!["openai"].Count);
        Assert.Null(pools["openai"].Choose());
        Assert.Contains(
            "can't be decrypted",
            await Eventually.GetAsync(() => host.Stack.ScalarAsync<string>("select disabled_reason from provider_keys where id = $1", planted.Id), "the reason is written down"),
            StringComparison.Ordinal);
    }

    private T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    private TenantProviderKeys Replica(TimeProvider clock) => new(Get<TenantDatabase>(), Get<SecretVault>(), Get<ProviderRegistry>(), Get<OwnKeyNotes>(), clock);
}
