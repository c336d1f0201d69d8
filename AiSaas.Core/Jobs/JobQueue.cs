using System.Diagnostics;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs;

/// <summary>Submits jobs and cancels them.</summary>
public sealed class JobQueue
{
    // One statement; of 64 KiB each, they would be 320 MiB, so their sizes count too.
    private const int Page = 5000;
    private const int PageBytes = 8 * 1024 * 1024;

    /// <summary>Spans of submitting and of running carry this name.</summary>
    public const string Source = "AiSaas.Jobs";

    /// <summary>Ends on disk, and with it all that was committed before.</summary>
    internal const string ToDisk = "select pg_logical_emit_message(true, 'aisaas', '')";

    internal static readonly ActivitySource Spans = new(Source);

    private readonly TenantDatabase _database;
    private readonly JobDispatch _dispatch;
    private readonly JobSubmitter _submitter;
    private readonly JobControl _control;
    private readonly TimeProvider _clock;

    internal JobQueue(TenantDatabase database, JobDispatch dispatch, JobSubmitter submitter, JobControl control, TimeProvider clock)
    {
        _submitter = submitter;
        _database = database;
        _dispatch = dispatch;
        _control = control;
        _clock = clock;
    }

    /// <summary>Writes the job in the submitter's transaction (the outbox). When that commits, the job is handed to Redis;
    /// a crash or an absent Redis in between is healed by the workers' sweep.</summary>
    /// <returns>The job's id, or that of the active job with the same dedupe key.</returns>
    /// <exception cref="ArgumentException">The payload is over 64 KiB, or lane or dedupe key are none.</exception>
    public async Task<JobId> EnqueueAsync(TenantWork work, NewJob job, CancellationToken cancellation)
    {
        NewJobRows.ThrowUnlessSound(job);
        using var span = Spans.StartActivity($"enqueue {job.Kind}", ActivityKind.Producer);
        span?.SetTag("messaging.destination.name", job.Kind.Queue);
        while (true)
        {
            var runAt = job.RunAt ?? _clock.GetUtcNow();
            if (await InsertAsync(work, job, runAt, cancellation))
            {
                span?.SetTag("messaging.message.id", job.Id.ToString());
                ReadyJob ready = new(job.Id, work.Tenant, job.Kind.Queue, job.Priority, runAt, job.Lane, IsDue: job.RunAt is null);
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
    /// <exception cref="ArgumentException">A payload is over 64 KiB, or a lane or dedupe key is none.</exception>
    public async Task EnqueueAllAsync(TenantWork work, IReadOnlyList<NewJob> jobs, CancellationToken cancellation)
    {
        foreach (var job in jobs)
        {
            NewJobRows.ThrowUnlessSound(job);
        }

        using var span = Spans.StartActivity("enqueue many", ActivityKind.Producer);
        span?.SetTag("messaging.batch.message_count", jobs.Count);
        var now = _clock.GetUtcNow();
        foreach (var page in Pages(jobs))
        {
            var added = await NewJobRows.InsertAsync(work, page, Activity.Current?.Id, cancellation);
            ReadyJob[] ready = [.. page.Where(job => added?.Contains(job.Id.Value) is not false).Select(job => NewJobRows.Ready(work.Tenant, job, now))];
            work.OnCommitted(committed => _dispatch.TryPushAsync(ready, committed));
        }
    }

    /// <summary>Submits a job that belongs to no other row. Those that are submitted at the same time share a transaction.</summary>
    /// <returns>As <see cref="EnqueueAsync"/>. Once it is under way, the job is submitted even if the caller gives up.</returns>
    /// <exception cref="ArgumentException">As there, or the job has a parent: that commits with its parent's wait.</exception>
    public async Task<JobId> SubmitAsync(TenantId tenant, NewJob job, CancellationToken cancellation)
    {
        NewJobRows.ThrowUnlessSound(job);
        if (job.Parent is not null)
        {
            throw new ArgumentException("A child is submitted in its parent's transaction.", nameof(job));
        }

        using var span = Spans.HasListeners() ? Spans.StartActivity($"enqueue {job.Kind}", ActivityKind.Producer) : null;
        span?.SetTag("messaging.destination.name", job.Kind.Queue);
        var id = await _submitter.SubmitAsync(tenant, job, cancellation);
        span?.SetTag("messaging.message.id", id.ToString());
        return id;
    }

    /// <inheritdoc cref="JobControl.CancelAsync(TenantId, JobId, string, CancellationToken)"/>
    public Task<JobStatus?> CancelAsync(TenantId tenant, JobId job, string reason, CancellationToken cancellation) =>
        _control.CancelAsync(tenant, job, reason, cancellation);

    /// <inheritdoc cref="JobControl.CancelAsync(TenantWork, JobId, string, CancellationToken)"/>
    public Task<JobStatus?> CancelAsync(TenantWork work, JobId job, string reason, CancellationToken cancellation) =>
        _control.CancelAsync(work, job, reason, cancellation);

    private static IEnumerable<NewJob[]> Pages(IReadOnlyList<NewJob> jobs)
    {
        List<NewJob> page = [];
        int bytes = 0;
        foreach (var job in jobs)
        {
            page.Add(job);
            bytes += job.Payload.Length;
            if (page.Count == Page || bytes >= PageBytes)
            {
                yield return [.. page];
                page.Clear();
                bytes = 0;
            }
        }

        if (page.Count > 0)
        {
            yield return [.. page];
        }
    }

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
            SqlParameter.Typed(NpgsqlDbType.Jsonb, NewJobRows.Bytes(job)),
            SqlParameter.Typed(NpgsqlDbType.Text, job.DedupeKey),
            job.MaxAttempts,
            SqlParameter.Typed(NpgsqlDbType.Text, Activity.Current?.Id),
            SqlParameter.Typed(NpgsqlDbType.TimestampTz, job.RunAt is null ? null : runAt.ToUniversalTime()),
            SqlParameter.Typed(NpgsqlDbType.Uuid, job.Parent?.Value),
            SqlParameter.Typed(NpgsqlDbType.Text, job.Lane)) == 1;

    private static async Task<JobId?> FindActiveAsync(TenantWork work, NewJob job, CancellationToken cancellation)
    {
        // What this transaction answers with may have been committed and not yet be on disk: see JobSubmitter.
        Guid? active = await work.ScalarAsync<Guid?>("""
            select id, pg_logical_emit_message(true, 'aisaas', '') from jobs where tenant_id = $1 and kind = $2 and dedupe_key = $3 and status in ('queued', 'running', 'waiting')
            """, cancellation, work.Tenant, job.Kind.Name, SqlParameter.Typed(NpgsqlDbType.Text, job.DedupeKey));
        return active is { } id ? JobId.From(id) : null;
    }
}
