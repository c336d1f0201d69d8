using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>A database and a Redis for tests of jobs, with a table that counts effects.</summary>
public sealed class JobsFixture(PostgresServer postgres) : IAsyncLifetime
{
    public Stack Stack { get; } = new(postgres);

    public async ValueTask InitializeAsync()
    {
        await Stack.InitializeAsync();
        await Stack.ScalarAsync<int>("create table effects (job uuid not null, note text not null default ''); grant all on effects to aisaas_app");
    }

    public async Task<TenantId> TenantAsync()
    {
        var tenant = TenantId.New();
        await Stack.ScalarAsync<int>("insert into tenants (id, name) values ($1, 'Test')", tenant.Value);
        return tenant;
    }

    public async Task<long> EffectsAsync(TenantId tenant) => await Stack.ScalarAsync<long>(
        "select count(*) from effects join jobs on jobs.id = effects.job where tenant_id = $1", tenant.Value);

    public ValueTask DisposeAsync() => Stack.DisposeAsync();
}
