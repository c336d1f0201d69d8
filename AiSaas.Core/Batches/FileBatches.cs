using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Batches;

/// <summary>A batch of <c>/v1/batches</c> as it stands.</summary>
/// <param name="Metadata">JSON as it was sent.</param>
/// <param name="Errors">JSON: why the file can't be used.</param>
public sealed record FileBatch(
    JobId Id, string Status, string Endpoint, BatchFileId Input, string Window, string? Metadata, string? Errors, BatchFileId? Output,
    BatchFileId? ErrorFile, DateTimeOffset CreatedAt, DateTimeOffset? ReadAt, DateTimeOffset? EndedAt, DateTimeOffset? Deadline,
    int Total, int Succeeded, int Failed);

/// <summary>Batches of files, as OpenAI's API has them: the same jobs as any batch.</summary>
public sealed class FileBatches(TenantDatabase database, JobQueue jobs, ChangeSignals signals, IOptions<BatchOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Writes the batch and its job in one transaction; a worker reads the file.</summary>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="input">The file.</param>
    /// <param name="endpoint">One of <see cref="BatchUrls"/>.</param>
    /// <param name="window">As it was sent: <c>24h</c>.</param>
    /// <param name="within">What that means.</param>
    /// <param name="metadata">JSON, or null.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<(FileBatch? Batch, GatewayError? Refusal)> CreateAsync(
        GatewayCaller caller, BatchFileId input, string endpoint, string window, TimeSpan within, string? metadata, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(caller);
        await using var work = await database.BeginAsync(caller.Tenant, cancellation);
        if (await BatchFiles.FindAsync(work, input, cancellation) is not { Content: not null })
        {
            return (null, new(404, "file_not_found", $"There is no file '{WireIds.Of(input)}' that was uploaded for a batch.", "input_file_id"));
        }

        try
        {
            await SubmitBatch.CheckRoomAsync(work, options.Value, cancellation);
            var id = await jobs.EnqueueAsync(work, NewJob.Of(JobKind.Batch, new BatchJob(), BatchJobJson.Default.BatchJob), cancellation);
            await SubmitBatch.OpenAsync(work, id, caller, options.Value, clock, cancellation);
            await work.ExecuteAsync(
                """
                update batches set endpoint = $3, input_file = $4, completion_window = $5, metadata = $6, deadline = $7 where tenant_id = $1 and id = $2
                """,
                cancellation, work.Tenant, id, endpoint, input, window, SqlParameter.Json(metadata), clock.GetUtcNow() + within);
            var made = await FindAsync(work, id, cancellation);
            await work.CommitAsync(cancellation);
            return (made, null);
        }
        catch (BatchFaultException refused)
        {
            return (null, new(429, "rate_limit_exceeded", refused.Message, RetryAfter: TimeSpan.FromSeconds(30)));
        }
    }

    /// <returns>Null where the workspace has no such batch.</returns>
    public async Task<FileBatch?> FindAsync(TenantId tenant, JobId batch, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await FindAsync(work, batch, cancellation);
    }

    /// <summary>The newest first; one more than asked for, if there is one.</summary>
    public async Task<IReadOnlyList<FileBatch>> ListAsync(TenantId tenant, JobId? after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await QueryAsync(
            work, "($2 is null or b.id < $2) order by b.id desc limit $3", cancellation, SqlParameter.Typed(NpgsqlDbType.Uuid, after?.Value), limit + 1);
    }

    /// <summary>Cancels, and waits a little for workers to stop.</summary>
    /// <returns>The batch as it stands then; null where there is none.</returns>
    public async Task<FileBatch?> CancelAsync(TenantId tenant, JobId batch, CancellationToken cancellation)
    {
        if (await FindAsync(tenant, batch, cancellation) is null)
        {
            return null;
        }

        await using var watch = await signals.WatchAsync(tenant, batch.Value, cancellation);
        await jobs.CancelAsync(tenant, batch, "cancel", cancellation);
        long from = clock.GetTimestamp();
        FileBatch? found;
        while ((found = await FindAsync(tenant, batch, cancellation)) is { Status: "cancelling" } && clock.GetElapsedTime(from) < Patience)
        {
            await watch.WaitAsync(Poll, cancellation);
        }

        return found;
    }

    private static async Task<FileBatch?> FindAsync(TenantWork work, JobId batch, CancellationToken cancellation) =>
        await QueryAsync(work, "b.id = $2", cancellation, batch) is [var one] ? one : null;

    private static Task<List<FileBatch>> QueryAsync(TenantWork work, string which, CancellationToken cancellation, params object?[] arguments) => work.QueryAsync(
        $"""
        select b.id,
            case
                when j.status = 'canceled' then case when exists (
                    select from jobs c where c.parent_id = j.id and c.status = 'running') then 'cancelling' else 'cancelled' end
                when j.status in ('queued', 'running', 'waiting') then case
                    when j.cancel_reason is not null then 'cancelling' when b.read_at is null then 'validating' else 'in_progress' end
                when j.status = 'dead' or b.errors is not null then 'failed'
                when b.ended_as = 'expired' then 'expired'
                else 'completed' end,
            b.endpoint, b.input_file, b.completion_window, b.metadata::text,
            case when b.errors is not null then b.errors::text
                when j.status = 'dead' then json_build_array(json_build_object('code', j.error_code, 'message', j.error_detail))::text end,
            (select f.id from batch_files f where f.tenant_id = b.tenant_id and f.batch_id = b.id and not f.errors),
            (select f.id from batch_files f where f.tenant_id = b.tenant_id and f.batch_id = b.id and f.errors),
            b.created_at, b.read_at, b.ended_at, b.deadline, b.total, s.succeeded,
            case when b.ended_as in ('succeeded', 'failed', 'expired') then b.total - s.succeeded else s.failed end
        from batches b join jobs j on j.id = b.id cross join lateral (
            select coalesce(sum(p.succeeded), 0)::int as succeeded, coalesce(sum(p.failed), 0)::int as failed
            from batch_parts p where p.tenant_id = b.tenant_id and p.batch_id = b.id) s
        where b.tenant_id = $1 and b.endpoint is not null and {which}
        """,
        Read, cancellation, [work.Tenant, .. arguments]);

    private static FileBatch Read(NpgsqlDataReader row) => new(
        JobId.From(row.GetGuid(0)), row.GetString(1), row.GetString(2), BatchFileId.From(row.GetGuid(3)), row.GetString(4),
        row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6),
        row.IsDBNull(7) ? null : BatchFileId.From(row.GetGuid(7)), row.IsDBNull(8) ? null : BatchFileId.From(row.GetGuid(8)),
        row.GetFieldValue<DateTimeOffset>(9), Time(row, 10), Time(row, 11), Time(row, 12), row.GetInt32(13), row.GetInt32(14), row.GetInt32(15));

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
