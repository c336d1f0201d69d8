using System.Text.Json;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using NpgsqlTypes;

namespace AiSaas.Core.Batches;

/// <summary>A batch as its worker needs it.</summary>
/// <param name="InputFile">Where its items come from, if they were not sent with it.</param>
internal sealed record BatchRow(
    JobId Id, KeptCaller Caller, string? Endpoint, BatchFileId? InputFile, string? Model, bool IsRead, bool IsHandedOut, bool HasEnded);

/// <summary>The rows of a batch: made, filled, ended.</summary>
internal static class BatchRows
{
    private const int RowsAtOnce = 1_000;
    private const int BytesAtOnce = 4 << 20;

    /// <returns>Null where there is none.</returns>
    public static async Task<BatchRow?> FindAsync(TenantWork work, JobId batch, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            """
            select caller::text, endpoint, input_file, model, read_at is not null, handed_out_at is not null, ended_at is not null
            from batches where tenant_id = $1 and id = $2
            """,
            row => new BatchRow(
                batch, JsonSerializer.Deserialize(row.GetString(0), BatchJobJson.Default.KeptCaller)!, row.IsDBNull(1) ? null : row.GetString(1),
                row.IsDBNull(2) ? null : BatchFileId.From(row.GetGuid(2)), row.IsDBNull(3) ? null : row.GetString(3), row.GetBoolean(4), row.GetBoolean(5),
                row.GetBoolean(6)),
            cancellation, work.Tenant, batch);
        return found is [var one] ? one : null;
    }

    /// <summary>Writes the items of a checked batch and cuts them into parts.</summary>
    public static async Task FillAsync(TenantWork work, JobId batch, BatchDraft draft, BatchOptions options, CancellationToken cancellation)
    {
        string model = draft.Submission.Model ?? BatchIntake.DefaultModel;
        List<(string Id, short Api, byte[] Request)> rows = new(RowsAtOnce);
        List<(int First, int Last)> parts = [];
        int ordinal = 0, bytes = 0, partFirst = 0, partBytes = 0;
        await foreach (var (id, item) in draft.Spool.ReadAsync(cancellation))
        {
            byte[] request = item.Model is null ? Named(item.Body.Span, model) : item.Body.ToArray();
            if (ordinal > partFirst && (ordinal - partFirst >= options.ItemsPerPart || partBytes + request.Length > options.BytesPerPart))
            {
                parts.Add((partFirst, ordinal - 1));
                (partFirst, partBytes) = (ordinal, 0);
            }

            rows.Add((id, (short)item.Api, request));
            (bytes, partBytes, ordinal) = (bytes + request.Length, partBytes + request.Length, ordinal + 1);
            if (rows.Count == RowsAtOnce || bytes > BytesAtOnce)
            {
                await InsertAsync(work, batch, ordinal - rows.Count, rows, cancellation);
                rows.Clear();
                bytes = 0;
            }
        }

        await InsertAsync(work, batch, ordinal - rows.Count, rows, cancellation);
        parts.Add((partFirst, ordinal - 1));
        await work.ExecuteAsync(
            "insert into batch_parts (tenant_id, batch_id, first, last) select $1, $2, * from unnest($3, $4)",
            cancellation, work.Tenant, batch, parts.Select(part => part.First).ToArray(), parts.Select(part => part.Last).ToArray());
        await work.ExecuteAsync(
            "update batches set total = $3, read_at = now() where tenant_id = $1 and id = $2", cancellation, work.Tenant, batch, ordinal);
    }

    /// <summary>The parts that have something left to do, by where they begin.</summary>
    public static Task<List<int>> OpenPartsAsync(TenantWork work, JobId batch, CancellationToken cancellation) => work.QueryAsync(
        "select first from batch_parts where tenant_id = $1 and batch_id = $2 and succeeded + failed <= last - first order by first",
        row => row.GetInt32(0), cancellation, work.Tenant, batch);

    public static Task HandOutAsync(TenantWork work, JobId batch, CancellationToken cancellation) => work.ExecuteAsync(
        "update batches set handed_out_at = now() where tenant_id = $1 and id = $2", cancellation, work.Tenant, batch);

    /// <summary>The batch is over, and its files are there, if it came with one. A second end changes nothing.</summary>
    /// <param name="endedAs">succeeded, failed or canceled; what its deadline overtook becomes expired.</param>
    public static async Task EndAsync(TenantWork work, JobId batch, string endedAs, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            """
            update batches b set ended_at = now(), ended_as = case
                when $3 = 'succeeded' and b.deadline < now() and b.total > coalesce((
                    select sum(p.succeeded + p.failed) from batch_parts p where p.tenant_id = b.tenant_id and p.batch_id = b.id), 0)
                then 'expired' else $3 end
            where b.tenant_id = $1 and b.id = $2 and b.ended_at is null
            """, cancellation, work.Tenant, batch, endedAs);
        await FilesAsync(work, batch, cancellation);
    }

    /// <summary>Shows the lines of a batch that has ended as files, where it came from one. Again, should a result come after the end:
    /// a part that is cancelled writes what it had.</summary>
    public static Task FilesAsync(TenantWork work, JobId batch, CancellationToken cancellation) => work.ExecuteAsync(
        """
        with ended as materialized (
            select b.* from batches b where b.tenant_id = $1 and b.id = $2 and b.ended_at is not null and b.endpoint is not null),
        lines as (
            select not r.succeeded as errors, octet_length(r.line) + 1 as bytes
            from ended e join batch_results r on r.tenant_id = $1 and r.batch_id = e.id
            union all
            select true, octet_length(app.batch_line(i.batch_id, i.ordinal, i.custom_id, w.code, w.message)) + 1
            from ended e join batch_items i on i.tenant_id = $1 and i.batch_id = e.id, lateral app.batch_words(e.ended_as) w
            where not exists (
                select from batch_results r where r.tenant_id = $1 and r.batch_id = i.batch_id and r.ordinal = i.ordinal))
        insert into batch_files (tenant_id, id, user_id, name, bytes, batch_id, errors, expires_at)
        select $1, case when l.errors then $4 else $3 end, e.user_id,
            'batch_' || replace(e.id::text, '-', '') || case when l.errors then '_error' else '_output' end || '.jsonl',
            sum(l.bytes), e.id, l.errors, e.expires_at
        from ended e, lines l group by e.id, e.user_id, e.expires_at, l.errors
        on conflict (tenant_id, batch_id, errors) where batch_id is not null do update set bytes = excluded.bytes
        """, cancellation, work.Tenant, batch, BatchFileId.New(), BatchFileId.New());

    /// <summary>The input can't be used.</summary>
    public static Task RejectAsync(TenantWork work, JobId batch, BatchFault fault, CancellationToken cancellation) => work.ExecuteAsync(
        "update batches set errors = $3 where tenant_id = $1 and id = $2", cancellation, work.Tenant, batch,
        SqlParameter.Typed(NpgsqlDbType.Jsonb, JsonSerializer.Serialize(
            [new BatchError(fault.Code, fault.Message, fault.Line, fault.Parameter)], BatchJobJson.Default.IReadOnlyListBatchError)));

    /// <summary>What is not done may be done after all: what had no money left is tried again.</summary>
    public static async Task ReopenAsync(TenantWork work, JobId batch, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            """
            with unpaid as (
                delete from batch_results where tenant_id = $1 and batch_id = $2 and code = 'insufficient_quota' returning ordinal),
            again as (
                update batch_items i set tries = 0 from unpaid u where i.tenant_id = $1 and i.batch_id = $2 and i.ordinal = u.ordinal)
            update batch_parts p set failed = p.failed - u.amount
            from (
                select q.first, count(*) as amount from batch_parts q join unpaid u on u.ordinal between q.first and q.last
                where q.tenant_id = $1 and q.batch_id = $2 group by q.first) u
            where p.tenant_id = $1 and p.batch_id = $2 and p.first = u.first
            """, cancellation, work.Tenant, batch);
        await work.ExecuteAsync("delete from batch_files where tenant_id = $1 and batch_id = $2", cancellation, work.Tenant, batch);
        await work.ExecuteAsync(
            "update batches set ended_at = null, ended_as = null, handed_out_at = null where tenant_id = $1 and id = $2",
            cancellation, work.Tenant, batch);
    }

    private static async Task InsertAsync(
        TenantWork work, JobId batch, int first, List<(string Id, short Api, byte[] Request)> rows, CancellationToken cancellation)
    {
        // COPY stops at the wall: Postgres has none for tables with row-level security.
        await work.ExecuteAsync(
            "insert into batch_items (tenant_id, batch_id, ordinal, custom_id, api, request) select $1, $2, * from unnest($3, $4, $5, $6)",
            cancellation, work.Tenant, batch, Enumerable.Range(first, rows.Count).ToArray(), rows.Select(row => row.Id).ToArray(),
            rows.Select(row => row.Api).ToArray(), rows.Select(row => row.Request).ToArray());
    }

    private static byte[] Named(ReadOnlySpan<byte> body, string model)
    {
        byte[] name = JsonSerializer.SerializeToUtf8Bytes(model, BatchJobJson.Default.String);
        bool isEmpty = body[1..].TrimStart(" \t\r\n"u8) is [(byte)'}', ..];
        return [(byte)'{', .. "\"model\":"u8, .. name, .. isEmpty ? [] : ","u8, .. body[1..]];
    }
}
