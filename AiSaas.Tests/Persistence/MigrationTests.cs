using AiSaas.Core.Persistence;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AiSaas.Tests.Persistence;

public sealed class MigrationTests(PostgresServer postgres)
{
    [Fact]
    public async Task Migrating_twice_and_from_two_processes_at_once_applies_each_migration_once()
    {
        await using var owner = NpgsqlDataSource.Create(postgres.Owner(await postgres.EmptyAsync()));
        var cancellation = TestContext.Current.CancellationToken;

        await Task.WhenAll(Migrate(owner, null), Migrate(owner, null));
        await Migrate(owner, null);

        await using var count = owner.CreateCommand("select count(*) from migrations");
        Assert.Equal((long)Migration.All().Count, await count.ExecuteScalarAsync(cancellation));
    }

    [Fact]
    public async Task An_older_schema_is_brought_up_to_date_and_keeps_its_rows()
    {
        await using var owner = NpgsqlDataSource.Create(postgres.Owner(await postgres.EmptyAsync()));
        var cancellation = TestContext.Current.CancellationToken;
        await Migrate(owner, [.. Migration.All().Take(1)]);
        await using (var insert = owner.CreateCommand("insert into tenants (id, name) values (gen_random_uuid(), 'Old')"))
        {
            await insert.ExecuteNonQueryAsync(cancellation);
        }

        await Migrate(owner, null);

        await using var name = owner.CreateCommand("select name from tenants");
        Assert.Equal("Old", await name.ExecuteScalarAsync(cancellation));
    }

    [Fact]
    public async Task An_edited_migration_and_a_newer_database_are_refused_in_words()
    {
        await using var owner = NpgsqlDataSource.Create(postgres.Owner(await postgres.EmptyAsync()));
        Migration first = new(1, "0001_first", "create table a (id int)");
        await Migrate(owner, [first, new(2, "0002_second", "create table b (id int)")]);

        var edited = await Assert.ThrowsAsync<InvalidOperationException>(() => Migrate(owner, [first with { Sql = "create table c (id int)" }]));
        var newer = await Assert.ThrowsAsync<InvalidOperationException>(() => Migrate(owner, [first]));

        Assert.Contains("0001_first was edited", edited.Message, StringComparison.Ordinal);
        Assert.Contains("migration 2", newer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind()
    {
        await using var owner = NpgsqlDataSource.Create(postgres.Owner(await postgres.EmptyAsync()));
        var cancellation = TestContext.Current.CancellationToken;

        await Assert.ThrowsAsync<PostgresException>(() => Migrate(owner, [new(1, "0001_half", "create table half (id int); select no_such_column;")]));

        await using var left = owner.CreateCommand("select to_regclass('half') is null and not exists (select from migrations)");
        Assert.Equal(true, await left.ExecuteScalarAsync(cancellation));
    }

    private static Task Migrate(NpgsqlDataSource owner, IReadOnlyList<Migration>? migrations) =>
        new DatabaseMigrator(owner, NullLogger<DatabaseMigrator>.Instance)
            .MigrateAsync(PostgresServer.AppPassword, migrations, TestContext.Current.CancellationToken);
}
