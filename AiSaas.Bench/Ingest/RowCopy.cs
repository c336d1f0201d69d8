using System.Diagnostics;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Bench.Ingest;

/// <summary>What our pipeline is measured beside: COPY, in Postgres' own binary form, of the very rows that it leaves, into the same tables
/// with their indexes, keys, walls and triggers. Nothing has to be read, cut, looked up or parsed for that.</summary>
internal sealed class RowCopy(NpgsqlDataSource owner, string folder, Func<double> postgresCpu)
{
    // Ids keep their order, which their indexes live by.
    private static readonly (string Table, string Columns, string Values)[] Tables =
    [
        ("document_pages", "tenant_id, document_id, version, number, width, height, text, layout",
            "@other, overlay(document_id::text placing 'f' from 1 for 1)::uuid, version, number, width, height, text, layout"),
        ("chunks", "id, tenant_id, collection_id, document_id, version, ordinal, page, start_offset, end_offset, section, header, text, tokens, language, embedding, space, parent",
            "overlay(id::text placing 'f' from 1 for 1)::uuid, @other, @other, overlay(document_id::text placing 'f' from 1 for 1)::uuid, version, ordinal, page, start_offset, end_offset, section, header, text, tokens, language, embedding, space, parent"),
        ("vector_passages", "tenant_id, space, chunk_id, collection_id, document_id, version, embedding",
            "@other, space, overlay(chunk_id::text placing 'f' from 1 for 1)::uuid, @other, overlay(document_id::text placing 'f' from 1 for 1)::uuid, version, embedding"),
        ("lexical_passages", "tenant_id, chunk_id, collection_id, document_id, version, lexicon, length, lexemes",
            "@other, overlay(chunk_id::text placing 'f' from 1 for 1)::uuid, @other, overlay(document_id::text placing 'f' from 1 for 1)::uuid, version, (select n.number from lexicons o join lexicons n using (language) where o.number = lexicon and n.tenant_id = @other), length, lexemes"),
    ];

    /// <param name="tenant">Whose newest document.</param>
    /// <param name="other">Who gets it; has nothing yet.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<CopiedRows> RunAsync(TenantId tenant, TenantId other, CancellationToken cancellation)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellation);
        string document = await ScalarAsync<string>(connection, $"select max(id::text) from documents where tenant_id = '{tenant}' and status = 'ready'", cancellation);
        await ExecuteAsync(
            connection,
            $"""
            insert into lexicons (tenant_id, language) select '{other}', language from lexicons where tenant_id = '{tenant}';
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage, version)
            select overlay(id::text placing 'f' from 1 for 1)::uuid, '{other}', '{other}', name, content_type, bytes, sha256, status, stage, version
            from documents where id = '{document}'
            """,
            cancellation);
        foreach (var (table, _, values) in Tables)
        {
            await using var rows = await connection.BeginRawBinaryCopyAsync(
                $"copy (select {values.Replace("@other", $"'{other}'::uuid", StringComparison.Ordinal)} from {table} where document_id = '{document}' order by {(table == "document_pages" ? "number" : table == "chunks" ? "ordinal" : "chunk_id")}) to stdout (format binary)",
                cancellation);
            await using var file = File.Create(FileOf(table));
            await rows.CopyToAsync(file, 1 << 20, cancellation);
        }

        double cpu = postgresCpu();
        long started = Stopwatch.GetTimestamp();
        await using (var transaction = await connection.BeginTransactionAsync(cancellation))
        {
            foreach (var (table, columns, _) in Tables)
            {
                await using var rows = await connection.BeginRawBinaryCopyAsync($"copy {table} ({columns}) from stdin (format binary)", cancellation);
                await using var file = File.OpenRead(FileOf(table));
                await file.CopyToAsync(rows, 1 << 20, cancellation);
            }

            await transaction.CommitAsync(cancellation);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        cpu = postgresCpu() - cpu;
        long count = 0;
        foreach (var (table, _, _) in Tables)
        {
            long copied = await ScalarAsync<long>(connection, $"select count(*) from {table} where tenant_id = '{other}'", cancellation);
            long made = await ScalarAsync<long>(connection, $"select count(*) from {table} where document_id = '{document}'", cancellation);
            count += copied == made ? copied : throw new InvalidOperationException($"{table}: {copied} of {made} rows were copied.");
            File.Delete(FileOf(table));
        }

        return new(count, seconds, cpu);
    }

    private string FileOf(string table) => Path.Combine(folder, $"{table}.copy");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellation))!;
    }
}

/// <param name="PostgresCpu">Seconds of Postgres' processors.</param>
internal sealed record CopiedRows(long Rows, double Seconds, double PostgresCpu);
