using System.Buffers.Text;
using System.Text;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AiSaas.Core.Jobs;

/// <summary>Whose turn it is: hands queued jobs to Redis and ids of jobs to workers.</summary>
/// <remarks><code>
///  push ──► t:acme         [j1 j4 j5]     ring: acme 17, zeta 18, zeta|provider:openai 19   (lines with ready jobs, by turn)
///           t:zeta         [j2]                   │
///           t:zeta|prov…   [j6]                   ▼
///           later    [j3@12:00]         claim: the first lines, of each its share; then they go to the end of the ring
///                └─────due──────►              (or, without room within the limits, are parked until a place is free);
///                                       the jobs' ids go to `later` for 3 s
///                                                 │
///           Postgres: running, newer fence ◄──────┘ then ack: out of `later`
/// </code>
/// A worker that dies between claim and Postgres thus loses nothing: the id comes back by itself. Everything here is a hint:
/// pushing twice changes nothing, an id too many is refused by Postgres, a lost one is found by the sweep.</remarks>
internal sealed partial class JobDispatch(RedisClient redis, IOptions<JobLimits> limits, ILogger<JobDispatch> logger)
{
    private static readonly TimeSpan Protection = TimeSpan.FromSeconds(3);

    // What one script is given: a few milliseconds of Redis.
    private const int PushBatch = 1000;
    private const int PushesAbreast = 5;
    private const int PlacesBatch = 1000;

    /// <summary>Whether running jobs of the queue are counted.</summary>
    public bool IsLimited(string queue) => limits.Value.Limit(queue);

    /// <exception cref="RedisUnavailableException"/>
    public async Task PushAsync(IReadOnlyCollection<ReadyJob> jobs, CancellationToken cancellation)
    {
        foreach (var queue in jobs.GroupBy(job => job.Queue))
        {
            // While Redis is at some, the next are written.
            foreach (var batches in queue.Chunk(PushBatch).Chunk(PushesAbreast))
            {
                await Task.WhenAll(batches.Select(
                    batch => redis.RunAsync(DispatchScripts.Push, [JobKeys.Queue(queue.Key)], Arguments(batch), cancellation)));
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
    /// <param name="queue">Of which queue.</param>
    /// <param name="amount">How many at most.</param>
    /// <param name="place">How long a limited queue holds the places of what it gives, unless <see cref="HoldAsync"/> prolongs that.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RedisUnavailableException"/>
    public async Task<Claim> ClaimAsync(string queue, int amount, TimeSpan place, CancellationToken cancellation)
    {
        var (script, arguments) = IsLimited(queue)
            ? (DispatchScripts.ClaimLimited, Limited(queue, amount, place))
            : (DispatchScripts.Claim, [amount, (long)Protection.TotalMilliseconds]);
        var answer = ((RedisResult[]?)await redis.RunAsync(script, [JobKeys.Queue(queue)], arguments, cancellation))!;
        long wait = (long)answer[0];
        return new Claim((long)answer[1], ((byte[]?)answer[2])!, wait < 0 ? null : TimeSpan.FromMilliseconds(wait));
    }

    /// <summary>Postgres has decided about these: they need not come back.</summary>
    public void Acknowledge(string queue, Claim claim) =>
        redis.Forget(DispatchScripts.Acknowledge, JobKeys.Queue(queue), claim.Number);

    /// <summary>Says which jobs of a limited queue run still.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public async Task HoldAsync(string queue, IEnumerable<Place> places, TimeSpan place, CancellationToken cancellation)
    {
        foreach (var batch in places.Chunk(PlacesBatch))
        {
            await redis.RunAsync(
                DispatchScripts.Hold, [JobKeys.Queue(queue)], [(long)place.TotalMilliseconds, .. Arguments(batch)], cancellation);
        }
    }

    /// <summary>Says which jobs of a limited queue run no more. Never fails: unless prolonged, places end by themselves.</summary>
    public async Task FreeAsync(string queue, IReadOnlyList<Place> places)
    {
        try
        {
            foreach (var batch in places.Chunk(PlacesBatch))
            {
                await redis.RunAsync(DispatchScripts.Free, [JobKeys.Queue(queue)], [.. Arguments(batch)], CancellationToken.None);
            }
        }
        catch (RedisUnavailableException failure)
        {
            Log.NotFreed(logger, places.Count, failure.Message);
        }
    }

    /// <summary>Whether Redis lacks this queue and the caller should fill it, which it alone may do for the next seconds.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public async Task<bool> ShouldFillAsync(string queue, Guid worker, CancellationToken cancellation) =>
        (long)await redis.RunAsync(
            DispatchScripts.BeginFill, [JobKeys.Queue(queue), JobKeys.Old(queue)], [worker.ToString("D")], cancellation) == 1;

    /// <summary>Keeps the right to fill.</summary>
    /// <returns>False when Redis was emptied again meanwhile: start over.</returns>
    /// <exception cref="RedisUnavailableException"/>
    public async Task<bool> FilledAsync(string queue, Guid worker, bool complete, CancellationToken cancellation) =>
        (long)await redis.RunAsync(
            DispatchScripts.Filled, [JobKeys.Queue(queue)], [worker.ToString("D"), complete ? 1 : 0], cancellation) == 1;

    /// <summary>Makes the next <see cref="ShouldFillAsync"/> say yes, and limited queues wait until workers have said what they run:
    /// Redis was away and may have come back without its last second.</summary>
    /// <exception cref="RedisUnavailableException"/>
    public Task DoubtAsync(string queue, CancellationToken cancellation) => redis.CallAsync(
        "jobs.doubt", database => database.KeyDeleteAsync([JobKeys.Filled(queue), JobKeys.Known(queue)]), cancellation);

    /// <summary>Rings when a queue has new ready jobs.</summary>
    public Task<IAsyncDisposable> ListenAsync(string queue, Action ring, CancellationToken cancellation) =>
        redis.ListenAsync(JobKeys.Bell(queue), _ => ring(), cancellation);

    private RedisValue[] Limited(string queue, int amount, TimeSpan place) =>
    [
        amount, (long)Protection.TotalMilliseconds, (long)place.TotalMilliseconds,
        limits.Value.OfQueue(queue) ?? 0, limits.Value.OfTenant(queue) ?? 0,
        .. limits.Value.Lanes.Where(lane => lane.Value > 0).SelectMany(lane => new RedisValue[] { lane.Key, lane.Value }),
    ];

    // Lines and then their jobs; what waits for its time stands alone.
    private static RedisValue[] Arguments(ReadyJob[] jobs)
    {
        List<RedisValue> arguments = new(4 + (2 * jobs.Length));
        foreach (var line in jobs.Where(job => job.IsDue).GroupBy(job => (job.Tenant, job.Lane)))
        {
            arguments.Add(JobKeys.Line(line.Key.Tenant, line.Key.Lane));
            int count = arguments.Count;
            arguments.Add(0);
            foreach (var job in line)
            {
                arguments.Add(job.Id.ToString());
                arguments.Add(job.Score);
            }

            arguments[count] = (arguments.Count - count) / 2;
        }

        foreach (var job in jobs.Where(job => !job.IsDue))
        {
            arguments.AddRange(
                [JobKeys.Line(job.Tenant, job.Lane), 0, job.Id.ToString(), job.Score, job.RunAt.ToUnixTimeMilliseconds()]);
        }

        return [.. arguments];
    }

    private static IEnumerable<RedisValue> Arguments(Place[] places) =>
        places.SelectMany(place => new RedisValue[] { place.Tenant.ToString(), place.Lane ?? "", place.Id.ToString() });

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Count} jobs are stored but not dispatched; the sweep will: {Reason}")]
        public static partial void NotDispatched(ILogger logger, int count, string reason);

        [LoggerMessage(LogLevel.Debug, "The places of {Count} jobs become free by themselves: {Reason}")]
        public static partial void NotFreed(ILogger logger, int count, string reason);
    }
}

/// <summary>What a queue gave to a worker.</summary>
internal sealed record Claim
{
    private const int IdLength = 36;

    /// <param name="number">For the acknowledgement.</param>
    /// <param name="entries">As the ring holds them, <c>line/job/score</c>, a line each.</param>
    /// <param name="nextDue">When something waiting becomes ready; null when nothing waits.</param>
    public Claim(long number, ReadOnlySpan<byte> entries, TimeSpan? nextDue)
    {
        (Number, NextDue) = (number, nextDue);
        if (entries.IsEmpty)
        {
            return;
        }

        List<Place> places = new(entries.Count((byte)'\n') + 1);
        foreach (var line in entries.Split((byte)'\n'))
        {
            var entry = entries[line];
            int slash = entry.IndexOf((byte)'/');
            places.Add(new(
                TenantId.From(Parse(entry[..IdLength])),
                entry[IdLength] == '|' ? Encoding.ASCII.GetString(entry[(IdLength + 1)..slash]) : null,
                JobId.From(Parse(entry.Slice(slash + 1, IdLength)))));
        }

        Places = places;
    }

    public long Number { get; }

    public TimeSpan? NextDue { get; }

    /// <summary>The jobs; in a limited queue each holds a place.</summary>
    public IReadOnlyList<Place> Places { get; } = [];

    public Guid[] Ids => [.. Places.Select(place => place.Id.Value)];

    private static Guid Parse(ReadOnlySpan<byte> id) =>
        Utf8Parser.TryParse(id, out Guid value, out int read) && read == IdLength ? value : throw new FormatException("The ring holds what is no job.");
}

/// <summary>A running job, as limits count it.</summary>
internal readonly record struct Place(TenantId Tenant, string? Lane, JobId Id);

/// <summary>A queued job, as the dispatch needs it.</summary>
/// <param name="IsDue">True where it is known to be due whatever Redis' clock says: the submitter's clock may be ahead of it.</param>
internal sealed record ReadyJob(
    JobId Id, TenantId Tenant, string Queue, JobPriority Priority, DateTimeOffset RunAt, string? Lane, bool IsDue = false)
{
    // Milliseconds since 1970 fit into 41 bits until 2039; three levels above them stay exact in a double.
    private const long Level = 1L << 42;

    /// <summary>Order among the jobs of one line: priority, then time.</summary>
    public long Score => ((long)Priority * Level) + RunAt.ToUnixTimeMilliseconds();
}
