using Npgsql;

namespace AiSaas.Core.Persistence;

/// <summary>Keeps a connection usable on which Postgres refused a statement's values: a NUL in a text, JSON that is none.</summary>
/// <remarks>Npgsql (10.0.0) prepares a statement by itself with its second use. Is that use refused while its values are bound, it takes
/// the statement for prepared without ever having learnt its columns, and the next use ends the connection with "unexpected backend
/// message". So the connection's prepared statements are forgotten.</remarks>
internal static class RefusedBinds
{
    /// <summary>Class 22: data that Postgres can't take.</summary>
    public static bool IsOne(PostgresException failure) => failure.SqlState.StartsWith("22", StringComparison.Ordinal);

    /// <summary>Forgets what is prepared. Outside a transaction; a connection that can't do even that is broken and leaves the pool.</summary>
    public static async Task MendAsync(NpgsqlConnection connection)
    {
        try
        {
            // Npgsql can't do it without waiting for the socket; in the api the thread that is here may be the one that serves sockets.
#pragma warning disable RS0030
            await Task.Run(connection.UnprepareAll);
#pragma warning restore RS0030
        }
        catch (NpgsqlException)
        {
            // What the caller learns is why its statement failed.
        }
    }

    /// <summary>Runs one statement on a connection of its own.</summary>
    public static Task<T> GuardAsync<T>(
        NpgsqlDataSource source, string sql, Func<NpgsqlCommand, Task<T>> run, CancellationToken cancellation) => GuardAsync(
        source,
        async connection =>
        {
            await using NpgsqlCommand command = new(sql, connection);
            return await run(command);
        },
        cancellation);

    /// <summary>Runs statements on a connection of their own.</summary>
    public static async Task<T> GuardAsync<T>(
        NpgsqlDataSource source, Func<NpgsqlConnection, Task<T>> run, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        try
        {
            return await run(connection);
        }
        catch (PostgresException refused) when (IsOne(refused))
        {
            await MendAsync(connection);
            throw;
        }
    }
}
