using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Persistence;

/// <summary>The only way to a tenant's rows: a transaction that says whose it is.</summary>
/// <remarks>Row-level security hides every tenant's rows from a connection that has not said so; a query that forgets its
/// <c>tenant_id</c> therefore finds too little, never too much.</remarks>
public sealed class TenantDatabase(NpgsqlDataSource source)
{
    /// <summary>Opens a transaction in which only the rows of <paramref name="tenant"/> exist. Dispose without commit rolls back.</summary>
    public async Task<TenantWork> BeginAsync(TenantId tenant, CancellationToken cancellation)
    {
        var connection = await source.OpenConnectionAsync(cancellation);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellation);
            // Npgsql sends BEGIN together with this, so that entering the wall costs one round trip.
            await using NpgsqlCommand enter = new("select set_config('app.tenant', $1, true)", connection);
            enter.Parameters.AddWithValue(tenant.ToString());
            // Not to be canceled: BEGIN's answer is under way with it, see PersistenceServices.
            await enter.ExecuteNonQueryAsync(CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            return new TenantWork(tenant, connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Statements that only read, in one round trip.</summary>
    public async Task<TenantRead> ReadAsync(TenantId tenant, CancellationToken cancellation) =>
        new(tenant, await source.OpenConnectionAsync(cancellation));

    /// <summary>Runs <paramref name="work"/> in a transaction of the tenant and commits it.</summary>
    public async Task<T> RunAsync<T>(
        TenantId tenant, Func<TenantWork, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        await using var unit = await BeginAsync(tenant, cancellation);
        var result = await work(unit, cancellation);
        await unit.CommitAsync(cancellation);
        return result;
    }
}
