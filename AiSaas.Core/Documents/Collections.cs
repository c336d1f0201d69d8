using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Documents;

/// <summary>The collections of a workspace. Another workspace's collection is null or false here: it does not exist.</summary>
public sealed class Collections(TenantDatabase database)
{
    public const int MaxName = 200;
    public const int MaxDescription = 2000;

    private const string Summary = """
        select c.id, c.name, c.description, c.created_at, greatest(c.updated_at, d.changed), d.documents, d.ready, d.failed, d.bytes
        from collections c cross join lateral (
            select count(*)::int as documents, (count(*) filter (where status = 'ready'))::int as ready,
                (count(*) filter (where status = 'failed'))::int as failed, coalesce(sum(bytes), 0)::bigint as bytes,
                max(updated_at) as changed
            from documents where tenant_id = c.tenant_id and collection_id = c.id) d

        """;

    public Task<CollectionId> CreateAsync(
        TenantId tenant, UserId user, string name, string? description, CancellationToken cancellation) =>
        database.RunAsync(
            tenant,
            async (work, token) =>
            {
                var id = CollectionId.New();
                await work.ExecuteAsync(
                    "insert into collections (id, tenant_id, name, description, created_by) values ($1, $2, $3, $4, $5)",
                    token, id, tenant, name, SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, description), user);
                return id;
            },
            cancellation);

    /// <param name="tenant">Whose.</param>
    /// <param name="after">The last collection of the page before; null for the first page.</param>
    /// <param name="limit">Most on a page.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<Page<CollectionSummary>> ListAsync(
        TenantId tenant, CollectionId? after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        // Ids are UUIDv7, so their order is that of creation, and a cursor is just the last id.
        var found = await work.QueryAsync(
            Summary + "where c.tenant_id = $1 and ($2::uuid is null or c.id < $2) order by c.id desc limit $3",
            Read, cancellation, tenant, SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Uuid, after?.Value), limit + 1);
        return found.Count > limit
            ? new Page<CollectionSummary>(found[..limit], Id.Text(found[limit - 1].Id))
            : new Page<CollectionSummary>(found);
    }

    public async Task<CollectionSummary?> FindAsync(TenantId tenant, CollectionId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(Summary + "where c.tenant_id = $1 and c.id = $2", Read, cancellation, tenant, id);
        return found is [var collection] ? collection : null;
    }

    /// <param name="tenant">Whose.</param>
    /// <param name="id">Which.</param>
    /// <param name="name">Null leaves it.</param>
    /// <param name="description">Null leaves it, empty removes it.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<bool> UpdateAsync(
        TenantId tenant, CollectionId id, string? name, string? description, CancellationToken cancellation) =>
        await database.RunAsync(
            tenant,
            (work, token) => work.ExecuteAsync(
                """
                update collections set name = coalesce($3, name),
                    description = case when $4::text is null then description else nullif($4, '') end, updated_at = now()
                where tenant_id = $1 and id = $2
                """,
                token, tenant, id, SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, name),
                SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, description)),
            cancellation) == 1;

    private static CollectionSummary Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2),
        row.GetInt32(5), row.GetInt32(6), row.GetInt32(7), row.GetInt64(8),
        row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4));
}
