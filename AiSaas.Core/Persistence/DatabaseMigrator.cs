using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Persistence;

/// <summary>Brings a database to this build's schema and makes the role that the product signs in with.</summary>
/// <remarks>Safe to run from several processes at once and any number of times: an advisory lock orders them, and what
/// is applied is skipped. A migration whose text has changed since it was applied is an error, not a difference to guess about.</remarks>
public sealed partial class DatabaseMigrator(NpgsqlDataSource owner, ILogger<DatabaseMigrator> logger)
{
    /// <summary>The non-owner role of api and workers: row-level security applies to it.</summary>
    public const string AppRole = "aisaas_app";

    // A process that freezes in the middle of a transaction holds its locks until Postgres ends the session; whoever waits for them
    // waits longer than that, and not without end. A client that is gone is noticed while its statement runs.
    private static readonly (string Name, string Value)[] RoleSettings =
        [("idle_in_transaction_session_timeout", "10s"), ("lock_timeout", "15s"), ("client_connection_check_interval", "2s")];

    private const long Lock = 0x41695361_6173; // "AiSaas"

    /// <param name="appPassword">The password that <see cref="AppRole"/> gets.</param>
    /// <param name="migrations">What to apply; null for all of this build. Tests pass a prefix to start from an older schema.</param>
    /// <param name="cancellation">Stops between migrations; the one under way is rolled back.</param>
    /// <exception cref="InvalidOperationException">An applied migration was edited, or the database is newer than this build.</exception>
    public async Task MigrateAsync(string appPassword, IReadOnlyList<Migration>? migrations, CancellationToken cancellation)
    {
        migrations ??= Migration.All();
        await using var connection = await owner.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_lock({Lock})", cancellation);
        try
        {
            await EnsureRoleAsync(connection, appPassword, cancellation);
            await ExecuteAsync(connection, """
                create table if not exists migrations (
                    version integer primary key, name text not null, checksum text not null,
                    applied_at timestamptz not null default now());
                comment on table migrations is 'global: the schema itself';
                """, cancellation);
            var applied = await AppliedAsync(connection, cancellation);
            foreach (var migration in migrations)
            {
                await ApplyAsync(connection, migration, applied, cancellation);
            }

            if (applied.Keys.Except(migrations.Select(migration => migration.Version)).ToArray() is [var newer, ..])
            {
                throw new InvalidOperationException(
                    $"The database has migration {newer} ({applied[newer].Name}), which this build doesn't know. Run the newer build.");
            }
        }
        finally
        {
            await ExecuteAsync(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }

        // Types that migrations made (halfvec) are read once per data source.
        await connection.ReloadTypesAsync(cancellation);
    }

    private async Task ApplyAsync(
        NpgsqlConnection connection, Migration migration, Dictionary<int, (string Name, string Checksum)> applied, CancellationToken cancellation)
    {
        if (applied.TryGetValue(migration.Version, out var before))
        {
            if (before.Checksum != migration.Checksum)
            {
                throw new InvalidOperationException(
                    $"Migration {migration.Name} was edited after it was applied. Restore its text and write a new migration.");
            }

            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, migration.Sql, cancellation);
        await using (var record = new NpgsqlCommand("insert into migrations (version, name, checksum) values ($1, $2, $3)", connection))
        {
            record.Parameters.AddWithValue(migration.Version);
            record.Parameters.AddWithValue(migration.Name);
            record.Parameters.AddWithValue(migration.Checksum);
            await record.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        Log.Applied(logger, migration.Name);
    }

    private static async Task<Dictionary<int, (string Name, string Checksum)>> AppliedAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        Dictionary<int, (string, string)> applied = [];
        await using NpgsqlCommand command = new("select version, name, checksum from migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            applied[reader.GetInt32(0)] = (reader.GetString(1), reader.GetString(2));
        }

        return applied;
    }

    private static async Task EnsureRoleAsync(NpgsqlConnection connection, string password, CancellationToken cancellation)
    {
        // Roles take no parameters; format() quotes.
        await using NpgsqlCommand command = new("""
            select format(case when exists (select from pg_roles where rolname = $1)
                then 'alter role %I login password %L nosuperuser nobypassrls'
                else 'create role %I login password %L nosuperuser nobypassrls' end, $1, $2)
            """, connection);
        command.Parameters.AddWithValue(AppRole);
        command.Parameters.AddWithValue(password);
        string statement = (string)(await command.ExecuteScalarAsync(cancellation))!;
        await ExecuteAsync(connection, statement, cancellation);
        foreach (var (name, value) in RoleSettings)
        {
            await ExecuteAsync(connection, $"alter role {AppRole} set {name} = '{value}'", cancellation);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Applied migration {Name}")]
        public static partial void Applied(ILogger logger, string name);
    }
}
