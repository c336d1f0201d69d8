using AiSaas.Core.Persistence;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AiSaas.Bench;

/// <summary>A migrated database of its own, on the server that the caller names or on one started for the run.</summary>
internal sealed class BenchPostgres : IAsyncDisposable
{
    private const string Password = "bench";

    private readonly string? _state;
    private readonly int _port;
    private ChildProcess? _server;

    private readonly string _owner;

    private BenchPostgres(ChildProcess? server, string? state, int port, string owner, string app)
    {
        (_server, _state, _port, _owner) = (server, state, port, owner);
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
    /// <param name="keep">The database of the run before is used again.</param>
    public static async Task<BenchPostgres> StartAsync(string? owner, CancellationToken cancellation, bool keep = false)
    {
        ChildProcess? server = null;
        string? state = null;
        int port = 0;
        if (owner is null)
        {
            state = Directory.CreateTempSubdirectory("aisaas-bench-").FullName;
            port = FreePort.Next();
            server = Launch(state, port);
            owner = $"Host=127.0.0.1;Port={port};Username=postgres;Password={Password}";
        }

        NpgsqlConnectionStringBuilder database = new(owner) { Database = "aisaas_bench", Pooling = false };
        if (!keep)
        {
            await ExecuteAsync(owner, "drop database if exists aisaas_bench with (force)", cancellation);
            await ExecuteAsync(owner, "create database aisaas_bench", cancellation);
        }

        await using (var source = NpgsqlDataSource.Create(database))
        {
            await new DatabaseMigrator(source, NullLogger<DatabaseMigrator>.Instance).MigrateAsync(Password, null, cancellation);
        }

        return new(server, state, port, database.ConnectionString, new NpgsqlConnectionStringBuilder(owner)
        {
            Database = "aisaas_bench",
            Username = DatabaseMigrator.AppRole,
            Password = Password,
        }.ConnectionString);
    }

    /// <summary>Shuts the server down as a crash does: every connection is cut, nothing is written any more. Only one started for the run.</summary>
    public async Task StopAtOnceAsync()
    {
        await ChildProcess.SignalAsync(_server!.ServerOf("postgres"), "QUIT");
        await _server.ExitedAsync(CancellationToken.None);
    }

    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        await _server!.DisposeAsync();
        _server = Launch(_state!, _port);
        await ExecuteAsync(_owner, "select 1", cancellation);
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

    private static ChildProcess Launch(string state, int port) => ChildProcess.Start(
        "bash", [BenchFolder.Of("eng", "local", "postgres.sh")],
        ("AISAAS_STATE", state), ("POSTGRES_PORT", $"{port}"), ("POSTGRES_PASSWORD", Password));

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
