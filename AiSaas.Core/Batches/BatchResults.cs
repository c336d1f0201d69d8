using System.Runtime.CompilerServices;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Batches;

/// <summary>Which lines of a batch's results.</summary>
public enum BatchLines
{
    All,

    /// <summary>Of requests that were answered.</summary>
    Succeeded,

    /// <summary>Of the others; those of an ended batch that never got their turn included.</summary>
    Failed,
}

/// <summary>Reads a batch's results in the order of its items, as far as there are any.</summary>
public sealed class BatchResults(TenantDatabase database)
{
    private const int RowsAtOnce = 500;
    private const int BytesAtOnce = 1 << 20;

    /// <returns>Null where the tenant has no such batch, or <paramref name="after"/> names no place in it.</returns>
    /// <param name="after">The id of a line; null for all.</param>
    public async Task<(bool Exists, int? After)> FindAsync(TenantId tenant, JobId batch, string? after, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        bool exists = await work.ScalarAsync<bool>("select true from batches where tenant_id = $1 and id = $2", cancellation, tenant, batch);
        return (exists, BatchLine.TryReadPlace(after, batch, out int place) ? place : null);
    }

    /// <summary>Pages of lines, about a megabyte each and every one read by itself: a slow reader holds nothing.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="which">All, or those of one of its files.</param>
    /// <param name="after">The place that the first line comes after; -1 for all.</param>
    /// <param name="limit">How many lines at the most.</param>
    /// <param name="cancellation">The reader's.</param>
    public async IAsyncEnumerable<IReadOnlyList<byte[]>> ReadAsync(
        TenantId tenant, JobId batch, BatchLines which, int after, int limit, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (limit > 0)
        {
            var page = await PageAsync(tenant, batch, which, after, Math.Min(limit, RowsAtOnce), cancellation);
            if (page.Count == 0)
            {
                yield break;
            }

            after = page[^1].Ordinal;
            limit -= page.Count;
            yield return [.. page.Select(one => one.Line)];
        }
    }

    private async Task<List<(int Ordinal, byte[] Line)>> PageAsync(
        TenantId tenant, JobId batch, BatchLines which, int after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            """
            select ordinal, line from (
                select ordinal, line, sum(octet_length(line)) over (order by ordinal rows between unbounded preceding and 1 preceding) as before
                from (
                    select i.ordinal, coalesce(r.line, convert_to(app.batch_line(i.batch_id, i.ordinal, i.custom_id, w.code, w.message), 'UTF8')) as line
                    from batches b
                        join batch_items i on i.tenant_id = b.tenant_id and i.batch_id = b.id
                        left join batch_results r on r.tenant_id = i.tenant_id and r.batch_id = i.batch_id and r.ordinal = i.ordinal
                        cross join lateral app.batch_words(b.ended_as) w
                    where b.tenant_id = $1 and b.id = $2 and i.ordinal > $3
                        and (r.ordinal is not null or b.ended_at is not null)
                        and ($4 = 0 or ($4 = 1 and r.succeeded) or ($4 = 2 and r.succeeded is not true))
                    order by i.ordinal limit $5) page) sized
            where before is null or before < $6
            order by ordinal
            """,
            row => (row.GetInt32(0), row.GetFieldValue<byte[]>(1)), cancellation, tenant, batch, after, (int)which, limit, BytesAtOnce);
    }
}
