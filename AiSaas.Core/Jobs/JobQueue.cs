using System.Diagnostics;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs;

/// <summary>Submits jobs and cancels them.</summary>
public sealed class JobQueue
{
    internal const int MaxPayloadBytes = 64 * 1024;

    /// <summary>Spans of submitting and of running carry this name.</summary>
    public const string Source = "AiSaas.Jobs";

    internal static readonly ActivitySource Spans = new(Source);

    private readonly TenantDatabase _database;
    private readonly JobDispatch _dispatch;
    private readonly JobControl _control;
    private readonly TimeProvider _clock;

    internal JobQueue(TenantDatabase database, JobDispatch dispatch, JobControl control, TimeProvider clock)
    {
        _database = database;
        _dispatch = dispatch;
        _control = control;
        _clock = clock;
    }

    /// <summary>Writes the job in the submitter's transaction (the outbox). When that commits, the job is handed to Redis;
    /// a crash or an absent Redis in between is healed by the workers' sweep.</summary>
    /// <returns>The job's id, or that of the active job with the same dedupe key.</returns>
    /// <exception cref="ArgumentException">The payload is over 64 KiB.</exception>
    public async Task<JobId> EnqueueAsync(TenantWork work, NewJob job, CancellationToken cancellation)
    {
        if (job.Payload.Length > MaxPayloadBytes)
        {
            throw new ArgumentException($"A payload of {job.Payload.Length} bytes is too large: store the input and name it.", nameof(job));
        }

        using var span = Spans.StartActivity($"enqueue {job.Kind}", ActivityKind.Producer);
        span?.SetTag("messaging.destination.name", job.Kind.Queue);
        while (true)
        {
            var runAt = job.RunAt ?? _clock.GetUtcNow();
            if (await InsertAsync(work, job, runAt, cancellation))
            {
                span?.SetTag("messaging.message.id", job.Id.ToString());
                ReadyJob ready = new(job.Id, work.Tenant, job.Kind.Queue, job.Priority, runAt, IsDue: job.RunAt is null);
                work.OnCommitted(committed => _dispatch.TryPushAsync([ready], committed));
                return job.Id;
            }

            if (await FindActiveAsync(work, job, cancellation) is { } active)
            {
                return active;
            }

            // The active one ended between the two statements: its key is free now.
        }
    }

    /// <summary>Writes many jobs in the submitter's transaction, like <see cref="EnqueueAsync"/>. One whose dedupe key is active already is left out.</summary>
    /// <exception cref="ArgumentException">A payload is over 64 KiB.</exception>
    public async Task EnqueueAllAsync(TenantWork work, IReadOnlyList<NewJob> jobs, CancellationToken cancellation)
    {
        foreach (var job in jobs)
        {
            await EnqueueAsync(work, job, cancellation);
        }
    }

    /// <summary>Submits a job that belongs to no other row.</summary>
    /// <returns>As <see cref="EnqueueAsync"/>.</returns>
    /// <exception cref="ArgumentException">The payload is over 64 KiB.</exception>
    public Task<JobId> SubmitAsync(TenantId tenant, NewJob job, CancellationToken cancellation) =>
        _database.RunAsync(tenant, (work, token) => EnqueueAsync(work, job, token), cancellation);

    /// <inheritdoc cref="JobControl.CancelAsync(TenantId, JobId, string, CancellationToken)"/>
    public Task<JobStatus?> CancelAsync(TenantId tenant, JobId job, string reason, CancellationToken cancellation) =>
        _control.CancelAsync(tenant, job, reason, cancellation);

    /// <inheritdoc cref="JobControl.CancelAsync(TenantWork, JobId, string, CancellationToken)"/>
    public Task<JobStatus?> CancelAsync(TenantWork work, JobId job, string reason, CancellationToken cancellation) =>
        _control.CancelAsync(work, job, reason, cancellation);

    // run_at is the database's now() unless given, and so is the time of the sweep's first look.
    private static async Task<bool> InsertAsync(TenantWork work, NewJob job, DateTimeOffset runAt, CancellationToken cancellation) =>
        await work.ExecuteAsync("""
            insert into jobs (id, tenant_id, kind, queue, priority, payload, dedupe_key, max_attempts, trace_parent, run_at, check_at,
                parent_id, lane)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, now()), coalesce($10, now()) + interval '2 seconds', $11, $12)
            on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null and status in ('queued', 'running', 'waiting') do nothing
            """,
            cancellation,
            job.Id,
            work.Tenant,
            job.Kind.Name,
            job.Kind.Queue,
            (short)job.Priority,
            SqlParameter.Typed(NpgsqlDbType.Jsonb, job.Payload.ToArray()),
            SqlParameter.Typed(NpgsqlDbType.Text, job.DedupeKey),
            job.MaxAttempts,
            SqlParameter.Typed(NpgsqlDbType.Text, Activity.Current?.Id),
            SqlParameter.Typed(NpgsqlDbType.TimestampTz, job.RunAt is null ? null : runAt.ToUniversalTime()),
            SqlParameter.Typed(NpgsqlDbType.Uuid, job.Parent?.Value),
            SqlParameter.Typed(NpgsqlDbType.Text, job.Lane)) == 1;

    private static async Task<JobId?> FindActiveAsync(TenantWork work, NewJob job, CancellationToken cancellation)
    {
        Guid? active = await work.ScalarAsync<Guid?>("""
            select id from jobs where tenant_id = $1 and kind = $2 and dedupe_key = $3 and status in ('queued', 'running', 'waiting')
            """, cancellation, work.Tenant, job.Kind.Name, SqlParameter.Typed(NpgsqlDbType.Text, job.DedupeKey));
        return active is { } id ? JobId.From(id) : null;
    }
}
