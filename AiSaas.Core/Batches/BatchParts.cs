using System.Text.Json;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Llm.Wire;
using NpgsqlTypes;

namespace AiSaas.Core.Batches;

/// <summary>A request that has no result yet.</summary>
internal sealed record WaitingItem(int Ordinal, string CustomId, WireApi Api, ReadOnlyMemory<byte> Request, int Tries);

/// <summary>What came of an item.</summary>
/// <param name="Code">Why it failed; null where it succeeded.</param>
internal sealed record ItemResult(int Ordinal, byte[] Line, string? Code, long CostNanos, long InputTokens, long OutputTokens);

/// <summary>What a part has to do.</summary>
/// <param name="IsKeyGone">The key or the person that submitted the batch may do nothing any more.</param>
internal sealed record PartWork(KeptCaller Caller, IReadOnlyList<WaitingItem> Items, bool IsKeyGone);

/// <summary>A part of a batch, as the worker that has it reads and writes it; all writes inside the job's fence.</summary>
internal static class BatchParts
{
    /// <returns>Null where the batch is gone, over, or past its deadline: nothing is asked any more.</returns>
    public static async Task<PartWork?> ReadAsync(TenantWork work, JobId batch, int first, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            """
            select b.caller::text, not exists (
                select from memberships m where m.tenant_id = b.tenant_id and m.user_id = b.user_id and m.role <> 'viewer')
                or (b.key_id is not null and not exists (
                    select from api_keys k where k.tenant_id = b.tenant_id and k.id = b.key_id and (k.expires_at is null or k.expires_at > now())))
            from batches b where b.tenant_id = $1 and b.id = $2 and b.ended_at is null and (b.deadline is null or b.deadline > now())
            """,
            row => (Caller: JsonSerializer.Deserialize(row.GetString(0), BatchJobJson.Default.KeptCaller)!, IsGone: row.GetBoolean(1)),
            cancellation, work.Tenant, batch);
        if (found is not [var (caller, isGone)])
        {
            return null;
        }

        var items = await work.QueryAsync(
            """
            select i.ordinal, i.custom_id, i.api, i.request, i.tries
            from batch_parts p join batch_items i on i.tenant_id = p.tenant_id and i.batch_id = p.batch_id and i.ordinal between p.first and p.last
            where p.tenant_id = $1 and p.batch_id = $2 and p.first = $3 and not exists (
                select from batch_results r where r.tenant_id = i.tenant_id and r.batch_id = i.batch_id and r.ordinal = i.ordinal)
            order by i.ordinal
            """,
            row => new WaitingItem(row.GetInt32(0), row.GetString(1), (WireApi)row.GetInt16(2), row.GetFieldValue<byte[]>(3), row.GetInt16(4)),
            cancellation, work.Tenant, batch, first);
        return new(caller, items, isGone);
    }

    /// <summary>Writes results; of those that are there already the first ones stay.</summary>
    public static Task WriteAsync(TenantWork work, JobId batch, int first, IReadOnlyList<ItemResult> results, CancellationToken cancellation) => work.ExecuteAsync(
        """
        with fresh as (
            insert into batch_results (tenant_id, batch_id, ordinal, succeeded, line, code, cost_nanos, input_tokens, output_tokens)
            select $1, $2, n.ordinal, n.code is null, n.line, n.code, n.cost, n.input, n.output
            from unnest($4, $5, $6, $7, $8, $9) as n (ordinal, line, code, cost, input, output)
            on conflict do nothing
            returning succeeded, cost_nanos, input_tokens, output_tokens)
        update batch_parts p set succeeded = p.succeeded + f.succeeded, failed = p.failed + f.failed,
            cost_nanos = p.cost_nanos + f.cost, input_tokens = p.input_tokens + f.input, output_tokens = p.output_tokens + f.output
        from (
            select count(*) filter (where succeeded) as succeeded, count(*) filter (where not succeeded) as failed,
                coalesce(sum(cost_nanos), 0)::bigint as cost, coalesce(sum(input_tokens), 0)::bigint as input,
                coalesce(sum(output_tokens), 0)::bigint as output
            from fresh) f
        where p.tenant_id = $1 and p.batch_id = $2 and p.first = $3
        """,
        cancellation, work.Tenant, batch, first,
        results.Select(one => one.Ordinal).ToArray(), results.Select(one => one.Line).ToArray(),
        new Npgsql.NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = results.Select(one => one.Code).ToArray() },
        results.Select(one => one.CostNanos).ToArray(), results.Select(one => one.InputTokens).ToArray(), results.Select(one => one.OutputTokens).ToArray());

    /// <summary>Notes items that were tried in vain and will be tried again.</summary>
    public static Task TriedAsync(TenantWork work, JobId batch, IReadOnlyList<int> ordinals, CancellationToken cancellation) => work.ExecuteAsync(
        "update batch_items set tries = tries + 1 where tenant_id = $1 and batch_id = $2 and ordinal = any ($3)",
        cancellation, work.Tenant, batch, ordinals.ToArray());

    /// <summary>Something was done: only attempts without any count against the part.</summary>
    public static Task ForgiveAsync(TenantWork work, JobId part, CancellationToken cancellation) =>
        work.ExecuteAsync("update jobs set attempts = 0 where id = $1 and attempts > 0", cancellation, part);

    /// <summary>Shows how far the batch is on its job's row, where lists look. Decoration: it is left out while others hold the row.</summary>
    public static Task ShowProgressAsync(TenantWork work, JobId batch, CancellationToken cancellation) => work.ExecuteAsync(
        """
        with waiting as (
            select j.id from jobs j where j.id = $2 and j.tenant_id = $1 and j.status = 'waiting' for update skip locked)
        update jobs j set progress = least(1, d.done::real / greatest(1, d.total))
        from waiting w, (
            select b.total, coalesce(sum(p.succeeded + p.failed), 0) as done
            from batches b join batch_parts p on p.tenant_id = b.tenant_id and p.batch_id = b.id
            where b.tenant_id = $1 and b.id = $2 group by b.id) d
        where j.id = w.id
        """, cancellation, work.Tenant, batch);
}
