using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway;

/// <summary>A database, a Redis and a folder of journals for tests of the gateway's money.</summary>
public sealed class GovernorFixture(PostgresServer postgres) : IAsyncLifetime
{
    public Stack Stack { get; } = new(postgres);

    public string Journals { get; } = Directory.CreateTempSubdirectory("aisaas-journal-").FullName;

    public ValueTask InitializeAsync() => Stack.InitializeAsync();

    public async Task<TenantId> TenantAsync()
    {
        var tenant = TenantId.New();
        await Stack.ScalarAsync<int>("insert into tenants (id, name) values ($1, 'Test')", tenant.Value);
        return tenant;
    }

    internal Task<GovernorHost> ReplicaAsync(params (string Key, string? Value)[] settings) => GovernorHost.StartAsync(Stack, Journals, settings);

    /// <summary>The ledger's sum of a workspace, by rows and by hours: they may never differ.</summary>
    public async Task<(long Calls, long Nanos)> LedgerAsync(TenantId tenant)
    {
        long calls = await Stack.ScalarAsync<long>("select count(*) from model_calls where tenant_id = $1", tenant.Value);
        long nanos = await Stack.ScalarAsync<long>("select coalesce(sum(cost_nanos), 0)::bigint from model_calls where tenant_id = $1", tenant.Value);
        Assert.Equal(calls, await Stack.ScalarAsync<long>("select coalesce(sum(calls), 0)::bigint from usage_hours where tenant_id = $1", tenant.Value));
        Assert.Equal(nanos, await Stack.ScalarAsync<long>("select coalesce(sum(cost_nanos), 0)::bigint from usage_hours where tenant_id = $1", tenant.Value));
        return (calls, nanos);
    }

    public async ValueTask DisposeAsync()
    {
        await Stack.DisposeAsync();
        Directory.Delete(Journals, recursive: true);
    }
}
