using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiSaas.Core.Jobs;

/// <summary>Whose turn it is: hands queued jobs to Redis and ids of jobs to workers.</summary>
/// <remarks><code>
///  push ──► t:acme   [j1 j4 j5]      ring: acme 17, zeta 18   (tenants with ready jobs, by turn)
///           t:zeta   [j2]                   │
///           later    [j3@12:00]             ▼
///                └─────due──────►   claim: first tenant, its first job; tenant goes to the end of the ring;
///                                   the job's id goes to `later` for 3 s
///                                                        │
///           Postgres: running, fence + 1 ◄───────────────┘ then ack: out of `later`
/// </code>
/// A worker that dies between claim and Postgres thus loses nothing: the id comes back by itself. Everything here is a hint:
/// pushing twice changes nothing, an id too many is refused by Postgres, a lost one is found by the sweep.</remarks>
internal sealed partial class JobDispatch(RedisClient redis, ILogger<JobDispatch> logger)
{
    private static readonly TimeSpan Protection = TimeSpan.FromSeconds(3);
    private const int PushBatch = 500;

    /// <exception cref="RedisUnavailableException"/>
    public async Task PushAsync(IReadOnlyCollection<ReadyJob> jobs, CancellationToken cancellation)
    {
        foreach (var queue in jobs.GroupBy(job => job.Queue))
        {
            foreach (var batch in queue.Chunk(PushBatch))
            {
                RedisValue[] arguments = [.. batch.SelectMany(job => new RedisValue[]
                {
                    job.Tenant.ToString(), job.Id.ToString(), job.Score, job.IsDue ? 0 : job.RunAt.ToUnixTimeMilliseconds(),
                })];
                await redis.RunAsync(DispatchScripts.Push, [JobKeys.Queue(queue.Key)], arguments, cancellation);
            }
        }
    }

    /// <summary>For what is committed already and must not fail its submitter any more.</summary>
    public async Task TryPushAsync(IReadOnlyCollection<ReadyJob> jobs, CancellationToken cancellation)
    {
        try
        {
            await PushAsync(jobs, cancellation);
        }
        catch (Exception failure) when (failure is RedisUnavailableException or OperationCanceledException)
        {
            Log.NotDispatched(logger, jobs.Count, failure.Message);
        }
    }

    /// <summary>Takes up to <paramref name="amount"/> ids, tenants in turn. They come back in 3 s unless acknowledged.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public async Task<Claim> ClaimAsync(string queue, int amount, CancellationToken cancellation)
    {
        var answer = ((RedisResult[]?)await redis.RunAsync(
            DispatchScripts.Claim, [JobKeys.Queue(queue)], [amount, (long)Protection.TotalMilliseconds], cancellation))!;
        long wait = (long)answer[0];
        string[] entries = [.. answer.Skip(1).Select(entry => ((string?)entry)!)];
        return new Claim(entries, wait < 0 ? null : TimeSpan.FromMilliseconds(wait));
    }

    /// <summary>Postgres has decided about these: they need not come back.</summary>
    public void Acknowledge(string queue, Claim claim) =>
        redis.Hint(database => database.SortedSetRemove(
            JobKeys.Later(queue), [.. claim.Entries.Select(entry => (RedisValue)entry)], CommandFlags.FireAndForget));

    /// <summary>Whether Redis lacks this queue and the caller should fill it, which it alone may do for the next seconds.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public async Task<bool> ShouldFillAsync(string queue, Guid worker, CancellationToken cancellation) =>
        (long)await redis.RunAsync(DispatchScripts.BeginFill, [JobKeys.Queue(queue)], [worker.ToString("D")], cancellation) == 1;

    /// <summary>Keeps the right to fill.</summary>
    /// <returns>False when Redis was emptied again meanwhile: start over.</returns>
    /// <exception cref="RedisUnavailableException"/>
    public async Task<bool> FilledAsync(string queue, Guid worker, bool complete, CancellationToken cancellation) =>
        (long)await redis.RunAsync(
            DispatchScripts.Filled, [JobKeys.Queue(queue)], [worker.ToString("D"), complete ? 1 : 0], cancellation) == 1;

    /// <summary>Makes the next <see cref="ShouldFillAsync"/> say yes: Redis was away and may have come back without its last second.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public Task DoubtAsync(string queue, CancellationToken cancellation) =>
        redis.CallAsync("jobs.doubt", database => database.KeyDeleteAsync(JobKeys.Filled(queue)), cancellation);

    /// <summary>Rings when a queue has new ready jobs.</summary>
    public Task<IAsyncDisposable> ListenAsync(string queue, Action ring, CancellationToken cancellation) =>
        redis.ListenAsync(JobKeys.Bell(queue), _ => ring(), cancellation);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Count} jobs are stored but not dispatched; the sweep will: {Reason}")]
        public static partial void NotDispatched(ILogger logger, int count, string reason);
    }
}

/// <param name="Entries">As the ring holds them: <c>tenant/job/score</c>.</param>
/// <param name="NextDue">When something waiting becomes ready; null when nothing waits.</param>
internal sealed record Claim(IReadOnlyList<string> Entries, TimeSpan? NextDue)
{
    private const int TenantLength = 36;

    public Guid[] Ids => [.. Entries.Select(entry => Guid.ParseExact(entry.AsSpan(TenantLength + 1, 36), "D"))];
}

/// <summary>A queued job, as the dispatch needs it.</summary>
/// <param name="IsDue">True where it is known to be due whatever Redis' clock says: the submitter's clock may be ahead of it.</param>
internal sealed record ReadyJob(
    JobId Id, TenantId Tenant, string Queue, JobPriority Priority, DateTimeOffset RunAt, bool IsDue = false)
{
    // Milliseconds since 1970 fit into 41 bits until 2039; three levels above them stay exact in a double.
    private const long Level = 1L << 42;

    /// <summary>Order among the jobs of one tenant: priority, then time.</summary>
    public long Score => ((long)Priority * Level) + RunAt.ToUnixTimeMilliseconds();
}
