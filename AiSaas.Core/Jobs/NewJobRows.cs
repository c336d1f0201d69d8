using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs;

/// <summary>Jobs as the columns of one statement.</summary>
internal static class NewJobRows
{
    public const int MaxPayloadBytes = 64 * 1024;

    /// <exception cref="ArgumentException">The payload is over 64 KiB.</exception>
    public static void ThrowIfTooLarge(NewJob job)
    {
        if (job.Payload.Length > MaxPayloadBytes)
        {
            throw new ArgumentException($"A payload of {job.Payload.Length} bytes is too large: store the input and name it.", nameof(job));
        }
    }

    /// <summary>As one tenant's, in its own transaction.</summary>
    /// <returns>The ids written; the others' dedupe keys are active.</returns>
    public static async Task<HashSet<Guid>> InsertAsync(TenantWork work, NewJob[] jobs, string? trace, CancellationToken cancellation)
    {
        var added = await work.QueryAsync(
            """
            insert into jobs (id, tenant_id, kind, queue, priority, payload, dedupe_key, max_attempts, run_at, check_at, lane, parent_id, trace_parent)
            select n.id, $11, n.kind, n.queue, n.priority, n.payload, n.dedupe_key, n.max_attempts,
                coalesce(n.run_at, now()), coalesce(n.run_at, now()) + interval '2 seconds', n.lane, n.parent_id, $12
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                as n (id, kind, queue, priority, payload, dedupe_key, max_attempts, run_at, lane, parent_id)
            on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null and status in ('queued', 'running', 'waiting') do nothing
            returning id
            """,
            row => row.GetGuid(0),
            cancellation,
            [
                .. Columns(jobs),
                SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Uuid, Array.ConvertAll(jobs, job => job.Parent?.Value)),
                work.Tenant,
                SqlParameter.Typed(NpgsqlDbType.Text, trace),
            ]);
        return [.. added];
    }

    /// <summary>id, kind, queue, priority, payload, dedupe_key, max_attempts, run_at, lane</summary>
    public static NpgsqlParameter[] Columns(NewJob[] jobs) =>
    [
        new NpgsqlParameter<Guid[]> { TypedValue = Array.ConvertAll(jobs, job => job.Id.Value) },
        new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(jobs, job => job.Kind.Name) },
        new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(jobs, job => job.Kind.Queue) },
        new NpgsqlParameter<short[]> { TypedValue = Array.ConvertAll(jobs, job => (short)job.Priority) },
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Jsonb, Array.ConvertAll(jobs, job => job.Payload.ToArray())),
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, Array.ConvertAll(jobs, job => job.DedupeKey)),
        new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(jobs, job => job.MaxAttempts) },
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, Array.ConvertAll(jobs, job => job.RunAt?.UtcDateTime)),
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, Array.ConvertAll(jobs, job => job.Lane)),
    ];

    public static ReadyJob Ready(TenantId tenant, NewJob job, DateTimeOffset now) => new(
        job.Id, tenant, job.Kind.Queue, job.Priority, job.RunAt ?? now, job.Lane, IsDue: job.RunAt is null);
}
