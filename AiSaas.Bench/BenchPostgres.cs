using AiSaas.Core.Persistence;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AiSaas.Bench;

/// <summary>A migrated database of its own, on the server that the caller names or on one started for the run.</summary>
internal sealed class BenchPostgres : IAsyncDisposable
{
    private const string Password = "bench";

    private readonly ChildProcess? _server;
    private readonly string? _state;

    private readonly string _owner;

    private BenchPostgres(ChildProcess? server, string? state, string owner, string app)
    {
        (_server, _state, _owner) = (server, state, owner);
        App = app;
        Source = PersistenceServices.DataSource(app);
    }

    /// <summary>As the product connects: row-level security applies.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>The same for a service of the product.</summary>
    public string App { get; }

    /// <summary>The superuser's: sees every tenant's rows.</summary>
    public string Owner => _owner;

    /// <summary>Null when the caller brought the server.</summary>
    public int? ServerProcess => _server?.Id;

    /// <param name="owner">A superuser's connection string; null starts a server through <c>eng/local/postgres.sh</c>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<BenchPostgres> StartAsync(string? owner, CancellationToken cancellation)
    {
        ChildProcess? server = null;
        string? state = null;
        if (owner is null)
        {
            state = Directory.CreateTempSubdirectory("aisaas-bench-").FullName;
            int port = FreePort.Next();
            server = ChildProcess.Start(
                "bash", [Path.Combine("eng", "local", "postgres.sh")],
                ("AISAAS_STATE", state), ("POSTGRES_PORT", $"{port}"), ("POSTGRES_PASSWORD", Password));
            owner = $"Host=127.0.0.1;Port={port};Username=postgres;Password={Password}";
        }

        NpgsqlConnectionStringBuilder database = new(owner) { Database = "aisaas_bench", Pooling = false };
        await ExecuteAsync(owner, "drop database if exists aisaas_bench with (force)", cancellation);
        await ExecuteAsync(owner, "create database aisaas_bench", cancellation);
        await using (var source = NpgsqlDataSource.Create(database))
        {
            await new DatabaseMigrator(source, NullLogger<DatabaseMigrator>.Instance).MigrateAsync(Password, null, cancellation);
        }

        return new(server, state, database.ConnectionString, new NpgsqlConnectionStringBuilder(owner)
        {
            Database = "aisaas_bench",
            Username = DatabaseMigrator.AppRole,
            Password = Password,
        }.ConnectionString);
    }

    /// <summary>Statistics for the planner now, not when autovacuum comes round to it.</summary>
    public async Task AnalyzeAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = new(_owner);
        await connection.OpenAsync(cancellation);
        await using NpgsqlCommand command = new("vacuum analyze", connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
            Directory.Delete(_state!, recursive: true);
        }
    }

    // The server takes a moment to come up, longer where its programs have to be fetched first.
    private static async Task ExecuteAsync(string owner, string sql, CancellationToken cancellation)
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                await using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(owner) { Database = "postgres", Pooling = false }.ConnectionString);
                await connection.OpenAsync(cancellation);
                await using NpgsqlCommand command = new(sql, connection);
                await command.ExecuteNonQueryAsync(cancellation);
                return;
            }
            catch (NpgsqlException starting) when (starting.SqlState is null or PostgresErrorCodes.CannotConnectNow && tries < 600)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
            }
        }
    }
}
