using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs;

/// <summary>The worker's side of the table: leases over all tenants, through the functions of migration 0011.</summary>
internal sealed class JobStore(NpgsqlDataSource source)
{
    // A batch goes with its results.
    private static readonly string[] KeptWithSomethingElse = [JobKind.Batch.Name];

    // A statement that takes longer than a lease helps nobody.
    private const int TimeoutSeconds = 5;

    /// <summary>Leases those of <paramref name="jobs"/> that are still queued.</summary>
    public Task<List<JobLease>> ClaimAsync(Guid[] jobs, Guid worker, TimeSpan lease, CancellationToken cancellation) =>
        QueryAsync("select * from app.claim_jobs($1, $2, $3)", reader => ReadLease(reader, worker), cancellation, jobs, worker, lease);

    /// <summary>Leases the oldest due jobs within the limits, without Redis.</summary>
    public Task<List<JobLease>> ClaimDueAsync(
        string queue, int amount, Guid worker, TimeSpan lease, JobLimits limits, CancellationToken cancellation)
    {
        var lanes = limits.Lanes.Where(lane => lane.Value > 0).ToArray();
        return QueryAsync(
            "select * from app.claim_due_jobs($1, $2, $3, $4, $5, $6, $7, $8)",
            reader => ReadLease(reader, worker),
            cancellation,
            queue,
            amount,
            worker,
            lease,
            SqlParameter.Typed(NpgsqlDbType.Integer, limits.OfQueue(queue)),
            SqlParameter.Typed(NpgsqlDbType.Integer, limits.OfTenant(queue)),
            lanes.Select(lane => lane.Key).ToArray(),
            lanes.Select(lane => lane.Value).ToArray());
    }

    /// <summary>Prolongs leases and writes progress. Jobs that don't come back held are lost.</summary>
    public Task<List<Heartbeat>> HeartbeatAsync(
        IReadOnlyList<JobLease> leases, Guid worker, TimeSpan lease, CancellationToken cancellation)
    {
        var progress = leases.Select(held => held.TakeProgress()).ToArray();
        return QueryAsync(
            "select * from app.heartbeat_jobs($1, $2, $3, $4, $5, $6)",
            reader => new Heartbeat(JobId.From(reader.GetGuid(0)), reader.GetBoolean(1), reader.IsDBNull(2) ? null : reader.GetString(2)),
            cancellation,
            Ids(leases),
            Fences(leases),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Real, progress.Select(made => (float?)made?.Progress).ToArray()),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, progress.Select(made => made?.Stage).ToArray()),
            worker,
            lease);
    }

    /// <summary>Completes jobs with their results.</summary>
    /// <returns>Those whose lease was not lost.</returns>
    public async Task<HashSet<JobId>> CompleteAsync(
        IReadOnlyList<(JobLease Lease, string? ResultJson)> done, Guid worker, CancellationToken cancellation)
    {
        JobLease[] leases = [.. done.Select(job => job.Lease)];
        var completed = await QueryAsync(
            "select id from app.complete_jobs($1, $2, $3, $4)", reader => JobId.From(reader.GetGuid(0)), cancellation,
            Ids(leases), Fences(leases),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Jsonb, done.Select(job => job.ResultJson).ToArray()), worker);
        return [.. completed];
    }

    /// <summary>Gives jobs back so that another worker takes them at once.</summary>
    public Task<List<ReadyJob>> ReleaseAsync(IReadOnlyList<JobLease> leases, Guid worker, CancellationToken cancellation) =>
        QueryAsync("select * from app.release_jobs($1, $2, $3)", ReadDue, cancellation, Ids(leases), Fences(leases), worker);

    /// <summary>Puts back jobs of dead workers and names those that Redis may not know.</summary>
    public Task<List<SweptJob>> SweepAsync(int amount, CancellationToken cancellation) =>
        QueryAsync(
            "select * from app.sweep_jobs($1)", reader => new SweptJob(ReadDue(reader), reader.GetBoolean(6)), cancellation, amount);

    /// <summary>Queues again the parents (null: all) whose children have all ended.</summary>
    public Task<List<ReadyJob>> WakeParentsAsync(Guid[]? parents, int amount, CancellationToken cancellation) =>
        QueryAsync(
            "select * from app.wake_parents($1, $2)", ReadDue, cancellation,
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Uuid, parents), amount);

    /// <summary>Adds lines to jobs' logs, which keep their newest.</summary>
    public Task WriteLogsAsync(IReadOnlyList<JobLine> lines, int most, CancellationToken cancellation) => QueryAsync(
        "select app.write_job_logs($1, $2, $3, $4, $5, $6)",
        _ => true,
        cancellation,
        lines.Select(line => line.Job.Value).ToArray(),
        lines.Select(line => line.At.UtcDateTime).ToArray(),
        SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Integer, lines.Select(line => line.Attempt).ToArray()),
        lines.Select(line => line.ByWorker).ToArray(),
        lines.Select(line => line.Text).ToArray(),
        most);

    /// <summary>Deletes, among the next <paramref name="amount"/> ids between two, the jobs that ended long enough ago.</summary>
    /// <returns>The last id looked at, null when there was none, and how many are gone.</returns>
    public async Task<(JobId? Last, int Deleted)> ExpireAsync(
        JobId after, JobId before, TimeSpan settled, TimeSpan dead, int amount, CancellationToken cancellation)
    {
        var page = await QueryAsync(
            "select last, deleted from app.expire_jobs($1, $2, $3, $4, $5, $6)",
            reader => (reader.IsDBNull(0) ? (JobId?)null : JobId.From(reader.GetGuid(0)), reader.GetInt32(1)),
            cancellation, after, before, settled, dead, KeptWithSomethingElse, amount);
        return page[0];
    }

    /// <summary>A page of all queued jobs, ordered by id.</summary>
    public Task<List<ReadyJob>> QueuedAsync(string queue, JobId after, int amount, CancellationToken cancellation) =>
        QueryAsync("select * from app.queued_jobs($1, $2, $3)", JobRows.ReadReady, cancellation, queue, after, amount);

    private Task<List<T>> QueryAsync<T>(
        string sql, Func<NpgsqlDataReader, T> map, CancellationToken cancellation, params object[] arguments) => RefusedBinds.GuardAsync(
        source,
        sql,
        async command =>
        {
            command.CommandTimeout = TimeoutSeconds;
            foreach (object argument in arguments)
            {
                command.Parameters.Add(SqlParameter.From(argument));
            }

            List<T> rows = [];
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                rows.Add(map(reader));
            }

            return rows;
        },
        cancellation);

    private static ReadyJob ReadDue(NpgsqlDataReader reader) => JobRows.ReadReady(reader) with { IsDue = true };

    private static Guid[] Ids(IReadOnlyList<JobLease> leases) => [.. leases.Select(lease => lease.Id.Value)];

    private static long[] Fences(IReadOnlyList<JobLease> leases) => [.. leases.Select(lease => lease.Fence)];

    private static JobLease ReadLease(NpgsqlDataReader reader, Guid worker) => new()
    {
        Id = JobId.From(reader.GetGuid(0)),
        Tenant = TenantId.From(reader.GetGuid(1)),
        Kind = reader.GetString(2),
        Queue = reader.GetString(3),
        Worker = worker,
        Fence = reader.GetInt64(4),
        Attempt = reader.GetInt32(5),
        MaxAttempts = reader.GetInt32(6),
        Payload = reader.GetFieldValue<byte[]>(7),
        TraceParent = reader.IsDBNull(8) ? null : reader.GetString(8),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(9),
        CancelReason = reader.IsDBNull(10) ? null : reader.GetString(10),
        Parent = reader.IsDBNull(11) ? null : JobId.From(reader.GetGuid(11)),
        Lane = reader.IsDBNull(12) ? null : reader.GetString(12),
        StartedAt = reader.GetFieldValue<DateTimeOffset>(13),
    };
}

/// <param name="IsHeld">False when another worker has the job or it has ended.</param>
/// <param name="CancelReason">Set when the job is to stop.</param>
internal readonly record struct Heartbeat(JobId Id, bool IsHeld, string? CancelReason);

/// <param name="LeaseExpired">True when it was running on a worker that went silent.</param>
internal sealed record SweptJob(ReadyJob Job, bool LeaseExpired);
