using Microsoft.Extensions.Configuration;
using Npgsql;

namespace AiSaas.Tests.Infrastructure;

/// <summary>What a test class stands on: a database of its own and a Redis of its own, both real.</summary>
public sealed class Stack(PostgresServer postgres) : IAsyncLifetime
{
    private LocalServer? _redis;
    private NpgsqlDataSource? _owner;

    /// <summary>The Redis process: tests may flush, stop, restart and kill it.</summary>
    public LocalServer RedisServer => _redis ?? throw new InvalidOperationException("Redis isn't started.");

    public string Database { get; private set; } = "";

    /// <summary>The connection string of the product's role.</summary>
    public string Postgres => postgres.App(Database);

    public string Redis => $"127.0.0.1:{RedisServer.Port}";

    /// <summary>Sees every tenant's rows: for looking at what the product wrote.</summary>
    public NpgsqlDataSource Owner => _owner ??= NpgsqlDataSource.Create(postgres.Owner(Database) + ";Maximum Pool Size=4");

    /// <summary>What the AppHost would hand to a service, with <paramref name="more"/> over it.</summary>
    public IReadOnlyDictionary<string, string?> Settings(params ReadOnlySpan<(string Key, string? Value)> more)
    {
        Dictionary<string, string?> settings = new()
        {
            ["ConnectionStrings:aisaas"] = Postgres,
            ["ConnectionStrings:redis"] = Redis,
        };
        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        return settings;
    }

    public IConfiguration Configuration(params ReadOnlySpan<(string Key, string? Value)> more) =>
        new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(Settings(more)).Build();

    /// <summary>One value, read by the owner.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, params object[] arguments)
    {
        await using var command = Owner.CreateCommand(sql);
        foreach (object argument in arguments)
        {
            command.Parameters.AddWithValue(argument);
        }

        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    public async ValueTask InitializeAsync()
    {
        Database = await postgres.CopyAsync();
        _redis = await LocalServer.StartAsync("redis.sh", "REDIS_PORT", [], CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_owner is not null)
        {
            await _owner.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }
}
