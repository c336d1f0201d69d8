using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using Npgsql;

namespace AiSaas.Tests.Persistence;

/// <summary>The second wall: what Postgres itself refuses, whatever the code forgets.</summary>
public sealed class TenantWallTests(Stack stack) : IClassFixture<Stack>
{
    [Fact]
    public async Task Every_table_is_walled_or_says_why_it_is_global()
    {
        List<string> bare = [];
        await using var command = stack.Owner.CreateCommand(
            """
            select c.relname from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
                and coalesce(obj_description(c.oid), '') not like 'global: %'
            """);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            bare.Add(reader.GetString(0));
        }

        Assert.True(bare.Count == 0, $"Give these tables a tenant_id and `call app.wall(...)`, or a comment 'global: why': {string.Join(", ", bare)}");
    }

    [Fact]
    public async Task Every_policy_compares_with_the_tenant_in_a_sub_select_for_reading_and_writing()
    {
        long loose = await stack.ScalarAsync<long>(
            """
            select count(*) from pg_policies
            where schemaname = 'public'
                and (qual not like '%SELECT app.tenant()%' or with_check not like '%SELECT app.tenant()%' or cmd <> 'ALL')
            """);

        Assert.Equal(0, loose);
    }

    [Fact]
    public async Task The_products_role_owns_nothing_and_can_not_pass_the_wall()
    {
        Assert.Equal(0, await stack.ScalarAsync<long>(
            "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = $1", DatabaseMigrator.AppRole));
        Assert.True(await stack.ScalarAsync<bool>(
            "select not rolsuper and not rolbypassrls and not rolcreaterole from pg_roles where rolname = $1", DatabaseMigrator.AppRole));
    }

    [Fact]
    public async Task Outside_a_tenants_transaction_nothing_is_seen_and_another_tenants_rows_can_not_be_written()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var source = PersistenceServices.DataSource(stack.Postgres);
        TenantDatabase database = new(source);
        var (mine, theirs) = (TenantId.New(), TenantId.New());
        foreach (var tenant in new[] { mine, theirs })
        {
            await database.RunAsync(tenant, (work, token) => work.ExecuteAsync("insert into tenants (id, name) values ($1, 'x')", token, tenant), cancellation);
        }

        await using (var bare = source.CreateCommand("select count(*) from tenants"))
        {
            Assert.Equal(0L, await bare.ExecuteScalarAsync(cancellation));
        }

        await using var work = await database.BeginAsync(mine, cancellation);
        Assert.Equal([mine.Value], await work.QueryAsync("select id from tenants", row => row.GetGuid(0), cancellation));
        Assert.Equal(0, await work.ExecuteAsync("update tenants set name = 'stolen' where id = $1", cancellation, theirs));
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            work.ExecuteAsync("insert into tenants (id, name) values ($1, 'planted')", cancellation, TenantId.New()));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }
}
