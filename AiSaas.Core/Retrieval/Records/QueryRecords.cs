using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Retrieval.Records;

/// <summary>Which records are wanted. Nulls leave nothing out.</summary>
/// <param name="User">Only this person's.</param>
/// <param name="Slow">Only those that took at least so many milliseconds.</param>
public sealed record QueryFilter(UserId? User = null, CollectionId? Collection = null, bool Empty = false, double? Slow = null, string? Source = null);

/// <summary>Reads and deletes the records of searches.</summary>
public sealed class QueryRecords(TenantDatabase database)
{
    private const string Columns = """
        q.id, q.source, q.question, q.collection_ids, q.hits, q.total_ms, q.degraded,
        (select coalesce(nullif(u.name, ''), u.email) from users u where u.id = q.user_id), q.conversation_id, q.created_at
        """;

    /// <summary>Newest first.</summary>
    public async Task<Page<QuerySummary>> ListAsync(
        TenantId tenant, QueryFilter filter, QueryRecordId? after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            $"""
            select {Columns} from query_records q
            where q.tenant_id = $1 and ($2::uuid is null or q.id < $2) and ($3::uuid is null or q.user_id = $3)
                and ($4::uuid is null or $4 = any(q.collection_ids)) and (not $5 or q.hits = 0)
                and ($6::real is null or q.total_ms >= $6) and ($7::text is null or q.source = $7)
            order by q.id desc limit $8
            """,
            Read, cancellation, tenant, SqlParameter.Typed(NpgsqlDbType.Uuid, after?.Value), SqlParameter.Typed(NpgsqlDbType.Uuid, filter.User?.Value),
            SqlParameter.Typed(NpgsqlDbType.Uuid, filter.Collection?.Value), filter.Empty,
            SqlParameter.Typed(NpgsqlDbType.Real, filter.Slow is { } slow ? (float)slow : null),
            SqlParameter.Typed(NpgsqlDbType.Text, filter.Source), limit + 1);
        return found.Count > limit ? new(found[..limit], Id.Text(found[limit - 1].Id)) : new(found);
    }

    /// <returns>Null where there is none, or it is not this person's.</returns>
    public async Task<QueryDetail?> FindAsync(TenantId tenant, QueryRecordId id, UserId? user, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var hits = await work.QueryAsync(
            """
            select h.rank, h.fused_rank, h.document_id, h.collection_id, h.chunk_id, d.name, c.section, h.page, h.start_offset, h.end_offset,
                c.text, h.score, h.lexical, h.vector, h.coverage, h.relevance, h.proximity, h.reranked
            from query_hits h join documents d on d.tenant_id = h.tenant_id and d.id = h.document_id
                left join chunks c on c.tenant_id = h.tenant_id and c.id = h.chunk_id
            where h.tenant_id = $1 and h.query_id = $2 order by h.rank
            """,
            ReadHit, cancellation, tenant, id);
        var found = await work.QueryAsync(
            $"""
            select {Columns}, q.phrasings, q.document_ids, q.content_types, q.settings, q.space, q.rerank, q.timings from query_records q
            where q.tenant_id = $1 and q.id = $2 and ($3::uuid is null or q.user_id = $3)
            """,
            row => new QueryDetail(
                Read(row), row.GetFieldValue<string[]>(10),
                new SearchFilter(row.GetFieldValue<Guid[]>(11), row.GetFieldValue<string[]>(12)),
                JsonSerializer.Deserialize(row.GetString(13), ContractsJson.Default.RetrievalSettings)!,
                Text(row, 14), Text(row, 15), JsonSerializer.Deserialize(row.GetString(16), ContractsJson.Default.SearchTimings)!, hits),
            cancellation, tenant, id, SqlParameter.Typed(NpgsqlDbType.Uuid, user?.Value));
        return found is [var detail] ? detail : null;
    }

    public Task<int> DeleteAsync(TenantId tenant, QueryRecordId id, UserId? user, CancellationToken cancellation) => database.RunAsync(
        tenant,
        (work, token) => work.ExecuteAsync(
            "delete from query_records where tenant_id = $1 and id = $2 and ($3::uuid is null or user_id = $3)",
            token, tenant, id, SqlParameter.Typed(NpgsqlDbType.Uuid, user?.Value)),
        cancellation);

    /// <summary>Takes deleted documents out of the records, in the transaction that deletes them.</summary>
    /// <returns>How many hits went.</returns>
    public static async Task<int> ForgetAsync(TenantWork work, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        await work.ExecuteAsync(
            """
            update query_records set document_ids = array(select unnest(document_ids) except select unnest($2::uuid[]))
            where tenant_id = $1 and document_ids && $2
            """,
            cancellation, work.Tenant, SqlParameter.Ids(documents));
        return await work.ExecuteAsync(
            "delete from query_hits where tenant_id = $1 and document_id = any($2)", cancellation, work.Tenant, SqlParameter.Ids(documents));
    }

    private static QuerySummary Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetFieldValue<Guid[]>(3), row.GetInt32(4), row.GetFloat(5), Text(row, 6),
        Text(row, 7), row.IsDBNull(8) ? null : row.GetGuid(8), row.GetFieldValue<DateTimeOffset>(9));

    private static QueryHit ReadHit(NpgsqlDataReader row) => new(
        row.GetInt32(0), row.GetInt32(1), row.GetGuid(2), row.GetGuid(3), row.GetGuid(4), row.GetString(5), Text(row, 6), row.GetInt32(7),
        row.GetInt32(8), row.GetInt32(9), Text(row, 10), row.GetDouble(11), Number(row, 12), Number(row, 13), row.GetDouble(14), row.GetDouble(15),
        row.GetDouble(16), Number(row, 17));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
}
