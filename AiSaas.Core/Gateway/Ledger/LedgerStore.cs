using AiSaas.Core.Persistence;
using Npgsql;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Writes batches of calls through their door in Postgres.</summary>
internal sealed class LedgerStore(NpgsqlDataSource source)
{
    private const string Sql =
        """
        select app.record_calls($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
        """;

    /// <summary>Writes what Postgres doesn't have yet; what it has changes nothing.</summary>
    /// <returns>The number of the transaction, for <see cref="Budgets.SpentReading"/>.</returns>
    public Task<long> RecordAsync(CallBatch batch, CancellationToken cancellation) => RefusedBinds.GuardAsync(
        source,
        Sql,
        async command =>
        {
            batch.AddTo(command.Parameters);
            return (long)(await command.ExecuteScalarAsync(cancellation))!;
        },
        cancellation);
}
