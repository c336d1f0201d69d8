using System.Threading.Channels;
using AiSaas.Core.Batches;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Batches;

/// <summary>Makes the calls of one part of a batch that have no result yet, some at once, and writes what comes of them in small groups.</summary>
/// <remarks><code>
///  items without a result ──► calls (Parallelism at once) ──► channel ──► groups, each in one fenced transaction
/// </code>
/// A worker that dies loses the calls under way and the group not yet written; the next one makes those again. Whichever result of an
/// item is written first stays.</remarks>
internal sealed class RunBatchPart(
    TenantDatabase database, BatchCalls calls, ChangeSignals signals, TimeProvider clock, IOptions<BatchOptions> options) : IJobHandler
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var part = context.Read(BatchJobJson.Default.BatchPartJob);
        var batch = JobId.From(part.Batch);
        PartWork? todo;
        await using (var work = await database.BeginAsync(context.Tenant, cancellation))
        {
            todo = await BatchParts.ReadAsync(work, batch, part.First, cancellation);
        }

        if (todo is not { Items.Count: > 0 })
        {
            return JobOutcome.Done;
        }

        PartRound round = new();
        PartWriter writer = new(context, batch, part.First, database, signals, clock);
        await RunAsync(context.Tenant, batch, todo, round, writer, cancellation);
        if (cancellation.IsCancellationRequested)
        {
            // What is done is written, though the batch may have ended; whoever stopped us decides what becomes of the rest.
            await context.FencedAsync((work, token) => BatchRows.FilesAsync(work, batch, token), CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
        }

        return round.Outcome();
    }

    private async Task RunAsync(
        Core.Tenancy.TenantId tenant, JobId batch, PartWork todo, PartRound round, PartWriter writer, CancellationToken cancellation)
    {
        var results = Channel.CreateBounded<(WaitingItem Item, Tried Tried)>(options.Value.Parallelism * 2);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var calling = CallAsync(tenant, batch, todo, round, results.Writer, stop.Token);
        try
        {
            await writer.WriteAllAsync(results.Reader);
        }
        finally
        {
            // Where nothing can be written (the lease is lost, the database away), nothing is asked, and nobody waits for room.
            results.Writer.TryComplete();
            await stop.CancelAsync();
            await calling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (calling.IsFaulted)
        {
            await calling;
        }
    }

    private async Task CallAsync(
        Core.Tenancy.TenantId tenant, JobId batch, PartWork todo, PartRound round, ChannelWriter<(WaitingItem, Tried)> results, CancellationToken cancellation)
    {
        var caller = todo.Caller.In(tenant);
        ParallelOptions how = new() { MaxDegreeOfParallelism = options.Value.Parallelism, CancellationToken = cancellation };
        try
        {
            await Parallel.ForEachAsync(todo.Items, how, async (item, token) =>
            {
                if (round.IsLimited)
                {
                    return;
                }

                Tried tried = todo.IsKeyGone
                    ? new Tried.Settled(BatchCalls.Refused(batch, item, CallId.New(), new(401, "invalid_api_key", "Who submitted the batch may not call models any more.")))
                    : await calls.TryAsync(batch, caller, item, token);
                round.Note(tried);
                if (tried is not Tried.Limited)
                {
                    // An answer is paid for: it goes to the writer even when everything stops.
                    await results.WriteAsync((item, tried), CancellationToken.None);
                }
            });
        }
        finally
        {
            results.TryComplete();
        }
    }

    /// <summary>What a round over the items came to.</summary>
    private sealed class PartRound
    {
        private readonly Lock _gate = new();
        private TimeSpan? _after;
        private int _inVain;

        /// <summary>Somebody said "slower": no further call is begun.</summary>
        public bool IsLimited { get; private set; }

        public void Note(Tried tried)
        {
            lock (_gate)
            {
                switch (tried)
                {
                    case Tried.Limited(var after):
                        IsLimited = true;
                        _after = after > _after || _after is null ? after ?? _after : _after;
                        break;
                    case Tried.InVain(var tries):
                        _inVain = Math.Max(_inVain, tries);
                        break;
                }
            }
        }

        public JobOutcome Outcome() => this switch
        {
            { IsLimited: true } => new JobOutcome.Retry(
                ErrorClass.RateLimited, new("batch:rate-limited", "A limit of calls is reached; the batch goes on when it allows."),
                _after < LongestPause ? _after : _after is null ? null : LongestPause),
            { _inVain: > 0 } => new JobOutcome.Retry(
                ErrorClass.Unavailable, new("batch:provider", "Some calls failed at their provider or for want of money; they will be made again."),
                TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, _inVain)))),
            _ => JobOutcome.Done,
        };
    }
}
