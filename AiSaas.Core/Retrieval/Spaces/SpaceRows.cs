using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>Where a workspace stands, as its row has it.</summary>
public sealed record SpaceState(
    string? Space, string? Next, string? Previous, DateTimeOffset? KeepUntil, string? Chosen, string? Notice, JobId? Job, DateTimeOffset? SwitchedAt);

/// <summary>A passage that lacks a vector.</summary>
public sealed record BarePassage(ChunkId Id, string Header, string Text);

/// <summary>The rows of a move from one space to another.</summary>
/// <remarks>What must have a vector is what words can find: passages that nobody has switched off. One that its document's own job has yet
/// to embed is left to that job, which asks for the model with each batch.</remarks>
public static class SpaceRows
{
    private const int PatienceSeconds = 600;

    private const string Bare = """
        lexical_passages p where p.tenant_id = $1
            and not exists (select from vector_passages v where v.tenant_id = $1 and v.space = $2 and v.chunk_id = p.chunk_id)
            and exists (
                select from chunks c where c.tenant_id = $1 and c.id = p.chunk_id and (c.embedding is not null or not exists (
                    select from documents d where d.tenant_id = $1 and d.id = p.document_id and d.staged_stage is not null)))
        """;

    /// <returns>Null where nothing was ever embedded or chosen.</returns>
    public static async Task<SpaceState?> ReadAsync(TenantWork work, bool locked, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        var rows = await work.QueryAsync(
            $"""
            select space, next, previous, keep_until, chosen, notice, job_id, switched_at from tenant_spaces
            where tenant_id = $1 {(locked ? "for update" : "")}
            """,
            row => new SpaceState(
                Text(row, 0), Text(row, 1), Text(row, 2), Time(row, 3), Text(row, 4), Text(row, 5),
                row.IsDBNull(6) ? null : JobId.From(row.GetGuid(6)), Time(row, 7)),
            cancellation, work.Tenant);
        return rows is [var one] ? one : null;
    }

    /// <summary>A space takes new passages from now on, and is searched beside the one before.</summary>
    public static Task BeginAsync(TenantWork work, JobId job, string target, CancellationToken cancellation) => work.ExecuteAsync(
        """
        insert into tenant_spaces as t (tenant_id, space, job_id) values ($1, $2, $3)
        on conflict (tenant_id) do update set
            space = coalesce(t.space, $2), next = case when coalesce(t.space, $2) = $2 then null else $2 end, job_id = $3, behind = false, notice = null,
            leaving = array_remove(
                case when t.next is not null and t.next <> $2 and t.next is distinct from t.previous then t.leaving || t.next else t.leaving end, $2)
        """,
        cancellation, work.Tenant, target, job);

    /// <summary>Something that people should know, without any change.</summary>
    public static Task NoteAsync(TenantWork work, string notice, CancellationToken cancellation) => work.ExecuteAsync(
        "update tenant_spaces set notice = left($2, 500), behind = false where tenant_id = $1", cancellation, work.Tenant, notice);

    /// <summary>All passages are in: searches go by the new space alone from the commit on. Idle where the workspace did not move.</summary>
    /// <returns>False while passages are missing: nothing was changed.</returns>
    public static async Task<bool> SwapAsync(TenantWork work, string target, double keepHours, CancellationToken cancellation)
    {
        await ReadAsync(work, locked: true, cancellation);
        if (await CountBareAsync(work, target, 1, cancellation) > 0)
        {
            return false;
        }

        await work.ExecuteAsync(
            """
            update tenant_spaces t set space = $2, next = null, notice = null, not_before = null, behind = false,
                switched_at = case when t.space = $2 then t.switched_at else now() end,
                previous = case when t.space = $2 then t.previous else t.space end,
                keep_until = case when t.space = $2 then t.keep_until else now() + make_interval(secs => $3) end,
                leaving = array(
                    select distinct v.space from vector_passages v
                    where v.tenant_id = $1 and v.space not in ($2, case when t.space = $2 then coalesce(t.previous, $2) else t.space end))
            where t.tenant_id = $1
            """,
            cancellation, work.Tenant, target, keepHours * 3600);
        return true;
    }

    /// <summary>How many passages lack a vector in the space, counted no further than <paramref name="most"/>.</summary>
    public static async Task<long> CountBareAsync(TenantWork work, string space, long most, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        await using var command = work.Command($"select count(*) from (select from {Bare} limit $3) n", work.Tenant, space, most);
        command.CommandTimeout = PatienceSeconds;
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The passages that lack a vector, cut into stretches of about the same number.</summary>
    public static async Task<List<(Guid First, Guid Last)>> PartsAsync(TenantWork work, string space, int size, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        List<(Guid, Guid)> parts = [];
        await using var command = work.Command(
            $"""
            select (array_agg(n.chunk_id order by n.chunk_id))[1], (array_agg(n.chunk_id order by n.chunk_id desc))[1]
            from (select p.chunk_id, (row_number() over (order by p.chunk_id) - 1) / $3 part from {Bare}) n group by n.part order by n.part
            """,
            work.Tenant, space, size);
        command.CommandTimeout = PatienceSeconds;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            parts.Add((reader.GetGuid(0), reader.GetGuid(1)));
        }

        return parts;
    }

    /// <summary>The next passages of a stretch that lack a vector.</summary>
    public static Task<List<BarePassage>> BareAsync(TenantWork work, SwitchPartJob part, Guid after, int amount, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(part);
        return work.QueryAsync(
            $"""
            select c.id, c.header, c.text
            from (select p.chunk_id from {Bare} and p.chunk_id >= $3 and p.chunk_id <= $4 order by p.chunk_id limit $5) n
                join chunks c on c.tenant_id = $1 and c.id = n.chunk_id
            order by c.id
            """,
            row => new BarePassage(ChunkId.From(row.GetGuid(0)), row.GetString(1), row.GetString(2)),
            cancellation, work.Tenant, part.Space, after, part.Last, amount);
    }

    /// <summary>Writes vectors beside those of other spaces. What was deleted, replaced, corrected or switched off meanwhile gets none.</summary>
    public static async Task WriteAsync(
        TenantWork work, string space, IEnumerable<(BarePassage Passage, HalfVector Vector)> vectors, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        await using NpgsqlBatch batch = new(work.Connection);
        foreach (var (passage, vector) in vectors)
        {
            NpgsqlBatchCommand write = new(
                """
                with embedded as (
                    update chunks set embedding = $3, space = $4 where tenant_id = $1 and id = $2 and text = $5 returning id)
                insert into vector_passages (tenant_id, space, chunk_id, collection_id, document_id, version, embedding)
                select p.tenant_id, $4, p.chunk_id, p.collection_id, p.document_id, p.version, $3
                from lexical_passages p join embedded e on e.id = p.chunk_id where p.tenant_id = $1
                on conflict do nothing
                """);
            write.Parameters.Add(SqlParameter.From(work.Tenant));
            write.Parameters.Add(SqlParameter.From(passage.Id));
            write.Parameters.Add(new NpgsqlParameter { Value = vector });
            write.Parameters.Add(SqlParameter.From(space));
            write.Parameters.Add(SqlParameter.From(passage.Text));
            batch.BatchCommands.Add(write);
        }

        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The move stops. Given up by a person, the workspace stays with the model that it has; else it goes on later.</summary>
    public static Task StopAsync(TenantWork work, JobId job, string? notice, bool isGivenUp, CancellationToken cancellation) => work.ExecuteAsync(
        """
        update tenant_spaces t set notice = left(coalesce($3, t.notice), 500),
            not_before = case when $4 then null else now() + interval '30 minutes' end,
            chosen = case when $4 and t.next is not null then (select s.model from embedding_spaces s where s.id = t.space) else t.chosen end,
            leaving = case when $4 and t.next is not null and t.next is distinct from t.previous then t.leaving || t.next else t.leaving end,
            behind = t.behind or ($4 and t.next is not null),
            next = case when $4 then null else t.next end
        where t.tenant_id = $1 and t.job_id = $2
        """,
        cancellation, work.Tenant, job, SqlParameter.Typed(NpgsqlDbType.Text, notice), isGivenUp);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
