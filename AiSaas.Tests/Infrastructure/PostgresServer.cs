using AiSaas.Core.Persistence;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace AiSaas.Tests.Infrastructure;

/// <summary>One Postgres for all tests, with a migrated template that each <see cref="Stack"/> gets a copy of.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    public const string Password = "owner-of-tests";

    public const string AppPassword = "app-of-tests";

    private const string Template = "migrated";

    private readonly SemaphoreSlim _copying = new(1);
    private LocalServer? _server;
    private int _copies;

    public LocalServer Server => _server ?? throw new InvalidOperationException("Postgres isn't started.");

    public async ValueTask InitializeAsync()
    {
        _server = await LocalServer.StartAsync("postgres.sh", "POSTGRES_PORT", new() { ["POSTGRES_PASSWORD"] = Password }, CancellationToken.None);
        await ExecuteAsync($"create database {Template}");
        await using var owner = NpgsqlDataSource.Create(Owner(Template) + ";Pooling=false");
        await new DatabaseMigrator(owner, NullLogger<DatabaseMigrator>.Instance).MigrateAsync(AppPassword, null, CancellationToken.None);
    }

    /// <summary>The superuser's connection string to a database.</summary>
    public string Owner(string database) => $"{Host(database)};Username=postgres;Password={Password}";

    /// <summary>The product's own: row-level security applies.</summary>
    public string App(string database) => $"{Host(database)};Username={DatabaseMigrator.AppRole};Password={AppPassword}";

    /// <returns>The name of a fresh, migrated database.</returns>
    public Task<string> CopyAsync() => CreateAsync($"template {Template}");

    /// <returns>The name of an empty database, for tests of migrations.</returns>
    public Task<string> EmptyAsync() => CreateAsync("");

    public async ValueTask DisposeAsync()
    {
        _copying.Dispose();
        if (_server is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await _server.DisposeAsync();
        }
    }

    private string Host(string database) => $"Host=127.0.0.1;Port={Server.Port};Database={database}";

    private async Task<string> CreateAsync(string options)
    {
        // Postgres copies a template only while nobody is connected to it.
        await _copying.WaitAsync();
        try
        {
            string name = $"test{Interlocked.Increment(ref _copies)}";
            await ExecuteAsync($"create database {name} {options}");
            return name;
        }
        finally
        {
            _copying.Release();
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                await using NpgsqlConnection connection = new(Owner("postgres") + ";Pooling=false");
                await connection.OpenAsync();
                await using NpgsqlCommand command = new(sql, connection);
                await command.ExecuteNonQueryAsync();
                return;
            }
            catch (NpgsqlException starting) when (starting.SqlState is null or PostgresErrorCodes.CannotConnectNow && tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}
