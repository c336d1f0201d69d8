using System.Collections.Concurrent;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Worker;

/// <summary>Where a worker's next jobs come from: turns in Redis, leases in Postgres; while Redis is away, Postgres alone.</summary>
internal sealed partial class JobSource(
    JobDispatch dispatch, JobStore store, LeaseKeeper keeper, IOptions<WorkerOptions> options, IOptions<JobLimits> limits,
    ILogger<JobSource> logger)
{
    /// <summary>How long an idle worker waits for a bell that may have got lost.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WithoutRedis = TimeSpan.FromMilliseconds(200);

    // Limited queues whose running jobs Redis can't know all.
    private readonly ConcurrentDictionary<string, bool> _estranged = new();

    /// <summary>Leases up to <paramref name="amount"/> jobs of a queue.</summary>
    /// <remarks>Takes no cancellation: jobs leased by a claim that is given up half-way would wait for their lease to run out.
    /// Each step has its deadline.</remarks>
    public async Task<Leased> NextAsync(string queue, int amount)
    {
        try
        {
            return await FromRedisAsync(queue, amount);
        }
        catch (RedisUnavailableException)
        {
            _estranged[queue] = true;
            return await FromPostgresAsync(queue, amount);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            Log.NoDatabase(logger, queue, failure.Message);
            return new([], Idle);
        }
    }

    private async Task<Leased> FromRedisAsync(string queue, int amount)
    {
        bool isLimited = dispatch.IsLimited(queue);
        if (isLimited && _estranged.ContainsKey(queue))
        {
            await dispatch.DoubtAsync(queue, CancellationToken.None);
            _estranged.TryRemove(queue, out _);
        }

        var claim = await dispatch.ClaimAsync(queue, amount, options.Value.Place, CancellationToken.None);
        if (claim.Places.Count == 0)
        {
            return new([], claim.NextDue < Idle ? claim.NextDue.Value : Idle);
        }

        var leases = await store.ClaimAsync(claim.Ids, keeper.Worker, options.Value.Lease, CancellationToken.None);
        dispatch.Acknowledge(queue, claim);
        if (isLimited && leases.Count < claim.Places.Count)
        {
            // Canceled, done or running elsewhere: their places are free.
            await dispatch.FreeAsync(queue, [.. claim.Places.ExceptBy(leases.Select(lease => lease.Id), place => place.Id)]);
        }

        return new(leases, TimeSpan.Zero);
    }

    private async Task<Leased> FromPostgresAsync(string queue, int amount)
    {
        try
        {
            return new(
                await store.ClaimDueAsync(queue, amount, keeper.Worker, options.Value.Lease, limits.Value, CancellationToken.None),
                WithoutRedis);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            Log.NoDatabase(logger, queue, failure.Message);
            return new([], Idle);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Can't lease jobs of queue {Queue}: {Reason}")]
        public static partial void NoDatabase(ILogger logger, string queue, string reason);
    }
}

/// <param name="Pause">How long to wait before asking again when there were fewer than asked for.</param>
internal sealed record Leased(IReadOnlyList<JobLease> Jobs, TimeSpan Pause);
