using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Persistence;

/// <summary>Statements of one tenant that only read, sent together: one round trip, entering the wall included.</summary>
/// <remarks>Statements that are sent together are one transaction to Postgres, so the tenant set by the first of them holds for the others and
/// ends with them. There is no BEGIN to wait for and nothing to commit or roll back.</remarks>
public sealed class TenantRead : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlBatch _batch;
    private bool _refused;

    internal TenantRead(TenantId tenant, NpgsqlConnection connection)
    {
        _connection = connection;
        _batch = new(connection);
        Add("select set_config('app.tenant', $1, true)", tenant.ToString());
    }

    /// <summary>A statement with positional parameters <c>$1…</c>.</summary>
    public void Add(string sql, params ReadOnlySpan<object?> arguments)
    {
        NpgsqlBatchCommand command = new(sql);
        foreach (object? argument in arguments)
        {
            command.Parameters.Add(SqlParameter.From(argument));
        }

        _batch.BatchCommands.Add(command);
    }

    /// <returns>The first added statement's rows; <c>NextResultAsync</c> goes on to the next one's.</returns>
    public async Task<NpgsqlDataReader> ExecuteAsync(CancellationToken cancellation)
    {
        try
        {
            var reader = await _batch.ExecuteReaderAsync(cancellation);
            await reader.NextResultAsync(cancellation);
            return reader;
        }
        catch (PostgresException failure) when (Notices(failure))
        {
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _batch.DisposeAsync();
        if (_refused)
        {
            await RefusedBinds.MendAsync(_connection);
        }

        await _connection.DisposeAsync();
    }

    // Never catches.
    private bool Notices(PostgresException failure)
    {
        _refused |= RefusedBinds.IsOne(failure);
        return false;
    }
}
