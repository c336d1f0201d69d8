using AiSaas.Core.Tenancy;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AiSaas.Core.Persistence;

/// <summary>One transaction of one tenant: SQL for hot paths, <see cref="Entities"/> for the rest, on the same connection.</summary>
public sealed class TenantWork : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;
    private AiSaasDb? _entities;
    private List<Func<CancellationToken, Task>>? _committed;
    private bool _refused;

    internal TenantWork(TenantId tenant, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Tenant = tenant;
        Connection = connection;
        _transaction = transaction;
    }

    public TenantId Tenant { get; }

    /// <summary>For COPY and batches; commands made here are already inside the transaction.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The entities of this tenant. Tracked changes need <c>SaveChangesAsync</c> before <see cref="CommitAsync"/>.</summary>
    public AiSaasDb Entities
    {
        get
        {
            if (_entities is null)
            {
                _entities = new AiSaasDb(new DbContextOptionsBuilder<AiSaasDb>()
                    .UseNpgsql(Connection, npgsql => npgsql.UseVector()).Options);
                _entities.Database.UseTransaction(_transaction);
            }

            return _entities;
        }
    }

    /// <summary>A command with positional parameters <c>$1…</c>. Ids and enums of the product are passed as they are.</summary>
    public NpgsqlCommand Command(string sql, params ReadOnlySpan<object?> arguments)
    {
        NpgsqlCommand command = new(sql, Connection, _transaction);
        foreach (object? argument in arguments)
        {
            command.Parameters.Add(SqlParameter.From(argument));
        }

        return command;
    }

    /// <returns>How many rows were touched.</returns>
    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellation, params object?[] arguments)
    {
        await using var command = Command(sql, arguments);
        try
        {
            return await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException failure) when (Notices(failure))
        {
            throw;
        }
    }

    /// <returns>The first column of the first row; default where there is no row or it is null.</returns>
    public async Task<T?> ScalarAsync<T>(string sql, CancellationToken cancellation, params object?[] arguments)
    {
        await using var command = Command(sql, arguments);
        try
        {
            return await command.ExecuteScalarAsync(cancellation) is T value ? value : default;
        }
        catch (PostgresException failure) when (Notices(failure))
        {
            throw;
        }
    }

    public async Task<List<T>> QueryAsync<T>(
        string sql, Func<NpgsqlDataReader, T> map, CancellationToken cancellation, params object?[] arguments)
    {
        List<T> rows = [];
        await using var command = Command(sql, arguments);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                rows.Add(map(reader));
            }

            return rows;
        }
        catch (PostgresException failure) when (Notices(failure))
        {
            throw;
        }
    }

    /// <summary>Registers what follows the commit, such as waking workers. It must not fail (the commit can't be taken back),
    /// has a deadline of its own (the caller's cancellation comes too late), and is something that a crash may skip.</summary>
    public void OnCommitted(Func<CancellationToken, Task> action) => (_committed ??= []).Add(action);

    public async Task CommitAsync(CancellationToken cancellation)
    {
        await _transaction.CommitAsync(cancellation);
        foreach (var action in _committed ?? [])
        {
            await action(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_entities is not null)
        {
            await _entities.DisposeAsync();
        }

        await _transaction.DisposeAsync();
        if (_refused)
        {
            await RefusedBinds.MendAsync(Connection);
        }

        await Connection.DisposeAsync();
    }

    // Never catches.
    private bool Notices(PostgresException failure)
    {
        _refused |= RefusedBinds.IsOne(failure);
        return false;
    }
}
