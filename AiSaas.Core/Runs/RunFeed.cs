using System.Threading.Channels;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs.Parts;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Runs;

/// <summary>One run as this process follows it, however many readers watch: one subscription, one copy of the log.</summary>
/// <remarks>
/// Redis ──live──► inbox ─┐
///                        ├──► events [e1 e2 e3 …]  ◄── each reader holds an index, nothing else
/// Redis ◄─range── gaps ──┘
/// A reader that is slow holds nobody back and costs nothing. When the log is silent, Postgres is asked whether the run has ended
/// without it: then its settled answer follows.
/// </remarks>
internal sealed partial class RunFeed(
    RunKeys keys, RedisClient redis, IRunFallback fallback, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstQuiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestQuiet = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource _leaving = new();
    private readonly Channel<byte[]> _inbox = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Lock _gate = new();
    private readonly List<RunEvent> _events = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RunEventId? _last;
    private bool _ended;
    private bool _unreachable;
    private Task _following = Task.CompletedTask;

    public RunKeys Keys => keys;

    /// <summary>How many read it; the reader's own count, kept here.</summary>
    public int Readers_NeedsLock { get; set; }

    public void Start()
    {
        // The feed outlives the request that happened to come first, so it is no part of that one's trace.
        using (ExecutionContext.SuppressFlow())
        {
            _following = Task.Run(() => WatchOverAsync(_leaving.Token), CancellationToken.None);
        }
    }

    /// <summary>What there is from an index on, and what to await when there is nothing.</summary>
    public (List<RunEvent> Events, bool Ended, Task More) Read(int from)
    {
        lock (_gate)
        {
            return (_events.GetRange(from, _events.Count - from), _ended, _more.Task);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _leaving.Dispose();
    }

    // Readers of a feed that breaks break with it, and resume with a new one: better than to wait for ever.
    private async Task WatchOverAsync(CancellationToken leaving)
    {
        try
        {
            await FollowAsync(leaving);
        }
        catch (Exception failure) when (!leaving.IsCancellationRequested)
        {
            Log.Broken(logger, failure, keys.Run.ToString());
            lock (_gate)
            {
                _more.TrySetException(failure);
            }
        }
    }

    private async Task FollowAsync(CancellationToken leaving)
    {
        await using var listening = await redis.ListenAsync(keys.Live, message => _inbox.Writer.TryWrite((byte[]?)message ?? []), leaving);
        await CatchUpAsync(leaving);
        var quiet = FirstQuiet;
        bool settledBefore = false;
        while (!_ended)
        {
            if (await NextAsync(quiet, leaving) is { } message)
            {
                await TakeAsync(message, leaving);
                (quiet, settledBefore) = (FirstQuiet, false);
                continue;
            }

            if (await CatchUpAsync(leaving))
            {
                (quiet, settledBefore) = (FirstQuiet, false);
                continue;
            }

            // The worker commits, then says so in the log: a run that has just settled is given one more look.
            var snapshot = await AskPostgresAsync(leaving);
            if (snapshot.Settled && (settledBefore || _last is null || _unreachable))
            {
                EndWith(snapshot);
            }

            settledBefore = snapshot.Settled;
            quiet = quiet * 2 < LongestQuiet ? quiet * 2 : LongestQuiet;
        }
    }

    private async Task<byte[]?> NextAsync(TimeSpan atMost, CancellationToken leaving)
    {
        if (_inbox.Reader.TryRead(out byte[]? ready))
        {
            return ready;
        }

        using CancellationTokenSource timeout = new(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, leaving);
        try
        {
            return await _inbox.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            return null;
        }
    }

    // A message that doesn't follow on what we have shows a gap (or a log begun anew): then the log itself is read.
    private async Task TakeAsync(byte[] message, CancellationToken leaving)
    {
        var (before, events) = RunEvents.Parse(message);
        if (events.Count == 0 || events[^1].Id <= _last)
        {
            return;
        }

        if (before == _last)
        {
            Append(events);
        }
        else
        {
            await CatchUpAsync(leaving);
        }
    }

    /// <returns>True when there was something new.</returns>
    private async Task<bool> CatchUpAsync(CancellationToken leaving)
    {
        bool any = false;
        try
        {
            bool last = false;
            while (!last && !_ended)
            {
                (var events, last) = await RunEvents.RangeAsync(redis, keys, _last, leaving);
                any |= events.Count > 0;
                Append(events);
            }

            _unreachable = false;
        }
        catch (RedisUnavailableException failure)
        {
            _unreachable = true;
            Log.Unreachable(logger, keys.Run.ToString(), failure.Message);
        }

        return any;
    }

    private async Task<RunSnapshot> AskPostgresAsync(CancellationToken leaving)
    {
        try
        {
            // A run that was deleted meanwhile has ended, with nothing to show.
            return await fallback.FindAsync(keys.Tenant, keys.Run, leaving) ?? new RunSnapshot(true, []);
        }
        catch (Exception failure) when (failure is Npgsql.NpgsqlException or TimeoutException)
        {
            Log.Unreachable(logger, keys.Run.ToString(), failure.Message);
            return new RunSnapshot(false, []);
        }
    }

    private void EndWith(RunSnapshot snapshot)
    {
        Log.FromPostgres(logger, keys.Run.ToString());
        List<RunEvent> events = [];
        foreach (var part in snapshot.Parts)
        {
            events.Add(new RunEvent(null, StreamJson.Write(part)));
            if (part is StartStepPart)
            {
                // Whoever saw a part of the answer drops it; to the others this says nothing.
                events.Add(new RunEvent(null, StreamJson.Write(ResetStepPart.LogLost)));
            }
        }

        Append(events);
        End();
    }

    private void Append(List<RunEvent> events)
    {
        if (events.Count == 0 || _ended)
        {
            return;
        }

        int finish = events.FindIndex(one => one.IsFinish());
        TaskCompletionSource waiting;
        lock (_gate)
        {
            _events.AddRange(finish < 0 ? events : events[..(finish + 1)]);
            _last = events[^1].Id ?? _last;
            _ended = finish >= 0;
            waiting = _more;
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.TrySetResult();
    }

    private void End()
    {
        lock (_gate)
        {
            _ended = true;
            _more.TrySetResult();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Following run {Run} broke")]
        public static partial void Broken(ILogger logger, Exception failure, string run);

        [LoggerMessage(LogLevel.Information, "Run {Run} can't be followed just now: {Reason}")]
        public static partial void Unreachable(ILogger logger, string run, string reason);

        [LoggerMessage(LogLevel.Information, "Readers of run {Run} get its answer from Postgres: its log is gone or has no end")]
        public static partial void FromPostgres(ILogger logger, string run);
    }
}
