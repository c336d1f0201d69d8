using System.Runtime.InteropServices;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs;

/// <summary>Jobs as the columns of one statement.</summary>
internal static class NewJobRows
{
    public const int MaxPayloadBytes = 64 * 1024;
    private const int MaxDedupeKey = 200;

    /// <exception cref="ArgumentException">The payload is over 64 KiB, or lane or dedupe key are none.</exception>
    public static void ThrowUnlessSound(NewJob job)
    {
        if (job.Payload.Length > MaxPayloadBytes)
        {
            throw new ArgumentException($"A payload of {job.Payload.Length} bytes is too large: store the input and name it.", nameof(job));
        }

        if (job.Lane is { } lane && !JobLimits.IsLane(lane))
        {
            throw new ArgumentException($"'{lane}' is no lane: 1 to 50 of a-z 0-9 : . _ -", nameof(job));
        }

        if (job.DedupeKey is { Length: 0 or > MaxDedupeKey })
        {
            throw new ArgumentException($"A dedupe key has 1 to {MaxDedupeKey} characters, not {job.DedupeKey.Length}.", nameof(job));
        }
    }

    /// <summary>As one tenant's, in its own transaction.</summary>
    /// <returns>The ids written (null: all); the others' dedupe keys are active.</returns>
    public static async Task<HashSet<Guid>?> InsertAsync(TenantWork work, NewJob[] jobs, string? trace, CancellationToken cancellation)
    {
        if (jobs.All(job => IsLike(job, jobs[0])))
        {
            await InsertAlikeAsync(work, jobs, trace, cancellation);
            return null;
        }

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

    /// <summary>The payload; where it is an array of its own, that one.</summary>
    public static byte[] Bytes(NewJob job) =>
        MemoryMarshal.TryGetArray(job.Payload, out var part) && part is { Offset: 0, Array: { } whole } && whole.Length == part.Count
            ? whole
            : job.Payload.ToArray();

    // Many jobs at once are mostly parts of one thing. What is the same for all is sent and read once, and a row that can't meet
    // another of its key needs no second look.
    private static Task<int> InsertAlikeAsync(TenantWork work, NewJob[] jobs, string? trace, CancellationToken cancellation) => work.ExecuteAsync(
        """
        insert into jobs (id, tenant_id, kind, queue, priority, payload, max_attempts, run_at, check_at, lane, parent_id, trace_parent)
        select n.id, $3, $4, $5, $6, n.payload, $7, coalesce($8, now()), coalesce($8, now()) + interval '2 seconds', $9, $10, $11
        from unnest($1, $2) as n (id, payload)
        """,
        cancellation,
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Uuid, Array.ConvertAll(jobs, job => job.Id.Value)),
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Jsonb, Array.ConvertAll(jobs, Bytes)),
        work.Tenant,
        jobs[0].Kind.Name,
        jobs[0].Kind.Queue,
        (short)jobs[0].Priority,
        jobs[0].MaxAttempts,
        SqlParameter.Typed(NpgsqlDbType.TimestampTz, jobs[0].RunAt?.UtcDateTime),
        SqlParameter.Typed(NpgsqlDbType.Text, jobs[0].Lane),
        SqlParameter.Typed(NpgsqlDbType.Uuid, jobs[0].Parent?.Value),
        SqlParameter.Typed(NpgsqlDbType.Text, trace));

    private static bool IsLike(NewJob job, NewJob other) =>
        job.DedupeKey is null && job.Kind == other.Kind && job.Priority == other.Priority && job.MaxAttempts == other.MaxAttempts
            && job.RunAt == other.RunAt && job.Lane == other.Lane && job.Parent == other.Parent;

    /// <summary>id, kind, queue, priority, payload, dedupe_key, max_attempts, run_at, lane</summary>
    public static NpgsqlParameter[] Columns(NewJob[] jobs) =>
    [
        new NpgsqlParameter<Guid[]> { TypedValue = Array.ConvertAll(jobs, job => job.Id.Value) },
        new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(jobs, job => job.Kind.Name) },
        new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(jobs, job => job.Kind.Queue) },
        new NpgsqlParameter<short[]> { TypedValue = Array.ConvertAll(jobs, job => (short)job.Priority) },
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Jsonb, Array.ConvertAll(jobs, Bytes)),
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, Array.ConvertAll(jobs, job => job.DedupeKey)),
        new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(jobs, job => job.MaxAttempts) },
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, Array.ConvertAll(jobs, job => job.RunAt?.UtcDateTime)),
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, Array.ConvertAll(jobs, job => job.Lane)),
    ];

    public static ReadyJob Ready(TenantId tenant, NewJob job, DateTimeOffset now) => new(
        job.Id, tenant, job.Kind.Queue, job.Priority, job.RunAt ?? now, job.Lane, IsDue: job.RunAt is null);
}
