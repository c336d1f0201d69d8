using System.Security.Cryptography;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Tests.Identity;

public sealed class KeyRingTests(Stack stack) : IClassFixture<Stack>
{
    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private ServiceProvider Process(params string[] masterKeys) => new ServiceCollection()
        .AddLogging()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(masterKeys.Select((key, i) => KeyValuePair.Create($"DataProtection:MasterKeys:{i}", (string?)key))).Build())
        .AddSingleton(NpgsqlDataSource.Create(stack.Postgres))
        .AddSharedKeyRing()
        .AddSingleton<SecretVault>()
        .BuildServiceProvider();

    [Fact]
    public async Task With_a_master_key_the_database_alone_reveals_nothing_and_keys_can_be_exchanged()
    {
        string old = NewKey();
        string fresh = NewKey();
        var tenant = TenantId.New();
        await using var first = Process(old);
        string stored = first.GetRequiredService<SecretVault>().Protect(tenant, "sk-secret");
        string ring = (await stack.ScalarAsync<string>("select string_agg(xml, '') from data_protection_keys"))!;

        Assert.Contains("masterKeyEncrypted", ring, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey>", ring, StringComparison.Ordinal);

        await using var later = Process(fresh, old);
        Assert.True(later.GetRequiredService<SecretVault>().TryReveal(tenant, stored, out string? secret));
        Assert.Equal("sk-secret", secret);
        Assert.False(later.GetRequiredService<SecretVault>().TryReveal(TenantId.New(), stored, out _));

        await using var without = Process(fresh);
        Assert.False(without.GetRequiredService<SecretVault>().TryReveal(tenant, stored, out _));
    }

    [Fact]
    public async Task A_master_key_that_is_none_is_named_at_start()
    {
        await using var process = Process(NewKey(), "short");

        var fault = Assert.Throws<OptionsValidationException>(() => process.GetRequiredService<IOptions<KeyRingOptions>>().Value);

        Assert.Equal(["DataProtection:MasterKeys:1 is not 32 bytes in Base64; 'openssl rand -base64 32' makes one."], fault.Failures);
    }
}
