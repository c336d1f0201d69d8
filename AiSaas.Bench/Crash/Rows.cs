using Npgsql;

namespace AiSaas.Bench.Crash;

/// <summary>Looks into every tenant's rows, as the superuser.</summary>
internal sealed class Rows(string owner)
{
    public async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> map, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = new(owner);
        await connection.OpenAsync(cancellation);
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 120 };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public Task<List<string>> WordsAsync(string sql, CancellationToken cancellation) =>
        ReadAsync(sql, row => string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(row.GetValue)), cancellation);

    public async Task<long> CountAsync(string sql, CancellationToken cancellation) =>
        (await ReadAsync(sql, row => Convert.ToInt64(row.GetValue(0), System.Globalization.CultureInfo.InvariantCulture), cancellation))[0];
}
