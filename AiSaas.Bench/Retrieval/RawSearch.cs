using System.Diagnostics;
using AiSaas.Core.Documents;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace AiSaas.Bench.Retrieval;

/// <summary>The statements of a search with nothing around them, on a connection of their own: what Postgres itself takes.</summary>
internal sealed class RawSearch(NpgsqlConnection connection)
{
    /// <returns>Milliseconds of entering the tenant, searching, and reading twenty texts.</returns>
    public async Task<double> TimeAsync(
        TenantId tenant, string question, string space, HalfVector vector, CollectionId? collection, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        List<Guid> ids = [];
        await using (var search = Enter(
            tenant, "select chunk_id, lexical, coverage, cosine from app.search($1, $2, $3, $4, null, null, 60)",
            new() { Value = question }, new() { Value = space }, new() { DataTypeName = "halfvec", Value = vector },
            new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid, Value = collection is { } one ? new[] { one.Value } : DBNull.Value }))
        await using (var reader = await search.ExecuteReaderAsync(cancellation))
        {
            await reader.NextResultAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                ids.Add(reader.GetGuid(0));
            }
        }

        await using (var texts = Enter(
            tenant,
            """
            with found as materialized (
                select tenant_id, document_id, version, text from chunks where tenant_id = $1 and id = any($2))
            select c.text from found c join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version
            """,
            new() { Value = tenant.Value }, new() { Value = ids.Take(20).ToArray() }))
        await using (var reader = await texts.ExecuteReaderAsync(cancellation))
        {
            await reader.NextResultAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                _ = reader.GetString(0);
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private NpgsqlBatch Enter(TenantId tenant, string sql, params NpgsqlParameter[] parameters)
    {
        NpgsqlBatchCommand enter = new("select set_config('app.tenant', $1, true)");
        enter.Parameters.Add(new() { Value = tenant.ToString() });
        NpgsqlBatchCommand command = new(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        NpgsqlBatch batch = new(connection);
        batch.BatchCommands.Add(enter);
        batch.BatchCommands.Add(command);
        return batch;
    }
}
