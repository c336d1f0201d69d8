using System.Collections.Concurrent;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Worker;

/// <summary>Keeps this process's leases: one statement a second prolongs them all, carries progress out and brings back what to stop.</summary>
internal sealed partial class LeaseKeeper(
    JobStore store, JobDispatch dispatch, RedisClient redis, ChangeSignals signals, TimeProvider clock, IOptions<WorkerOptions> options, ILogger<LeaseKeeper> logger)
{
    private readonly ConcurrentDictionary<JobId, ActiveJob> _active = new();

    /// <summary>This process, as rows name it.</summary>
    public Guid Worker { get; } = Guid.CreateVersion7();

    public IReadOnlyCollection<ActiveJob> Active => [.. _active.Values];

    public ActiveJob Hold(JobLease lease)
    {
        ActiveJob job = new(lease);
        // A job of ours can only come again after its lease was lost: the older attempt has no business any more.
        _active.AddOrUpdate(lease.Id, job, (_, older) =>
        {
            older.Stop(StopReason.LeaseLost);
            return job;
        });
        return job;
    }

    public void Release(ActiveJob job)
    {
        _active.TryRemove(new KeyValuePair<JobId, ActiveJob>(job.Lease.Id, job));
        job.MarkFinished();
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        await using var cancels = await redis.ListenAsync(JobKeys.Cancel, job => HearCancel(job), stopping);
        using PeriodicTimer timer = new(options.Value.Heartbeat, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                await BeatAsync(stopping);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                // Jobs go on: the lease may still hold when the database is back, and if not, the fence refuses them.
                Log.Missed(logger, _active.Count, failure.Message);
            }
        }
    }

    /// <summary>One heartbeat.</summary>
    public async Task BeatAsync(CancellationToken cancellation)
    {
        ActiveJob[] held = [.. _active.Values.Where(job => !job.Lease.IsEnding)];
        if (held.Length == 0)
        {
            return;
        }

        var reported = held.Where(job => job.Lease.HasProgress).ToArray();
        var beats = await store.HeartbeatAsync([.. held.Select(job => job.Lease)], Worker, options.Value.Lease, cancellation);
        var byId = beats.ToDictionary(beat => beat.Id);
        foreach (var job in held)
        {
            var beat = byId[job.Lease.Id];
            if (!beat.IsHeld && !job.Lease.IsEnding)
            {
                Log.Lost(logger, job.Lease.Kind, job.Lease.Id);
                job.Stop(StopReason.LeaseLost);
            }
            else if (beat.CancelReason is not null)
            {
                Cancel(job, beat.CancelReason);
            }
        }

        foreach (var job in reported)
        {
            signals.Changed(job.Lease.Tenant, job.Lease.Id.Value);
        }
    }

    /// <summary>Holds the places of running jobs in limited queues. A loop of its own: a Redis that doesn't answer must not delay a heartbeat.</summary>
    public async Task RunPlacesAsync(CancellationToken stopping)
    {
        string[] limited = [.. options.Value.QueueNames.Where(dispatch.IsLimited)];
        using PeriodicTimer timer = new(options.Value.Heartbeat, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                foreach (var queue in limited)
                {
                    await dispatch.HoldAsync(
                        queue,
                        _active.Values.Select(job => job.Lease).Where(lease => lease.Queue == queue && !lease.IsEnding).Select(lease => lease.Place),
                        options.Value.Place,
                        stopping);
                }
            }
            catch (RedisUnavailableException failure)
            {
                // Meanwhile Postgres counts what runs.
                Log.NotHeld(logger, failure.Message);
            }
        }
    }

    private void HearCancel(string? text)
    {
        if (text?.Split('/', 2) is [var id, var reason]
            && JobId.TryParse(id, null, out var job)
            && _active.TryGetValue(job, out var active))
        {
            Cancel(active, reason);
        }
    }

    private static void Cancel(ActiveJob job, string reason)
    {
        job.Lease.CancelReason = reason;
        job.Stop(StopReason.Canceled);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Heartbeat for {Jobs} jobs failed: {Reason}")]
        public static partial void Missed(ILogger logger, int jobs, string reason);

        [LoggerMessage(LogLevel.Debug, "Places in limited queues are not held: {Reason}")]
        public static partial void NotHeld(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Warning, "The lease of {Kind} job {Job} is lost")]
        public static partial void Lost(ILogger logger, string kind, JobId job);
    }
}
