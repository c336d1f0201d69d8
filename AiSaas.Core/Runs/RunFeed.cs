using System.Buffers;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs.Parts;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Runs;

/// <summary>One run as this process follows it, however many readers watch: one subscription, one window of its newest frames.</summary>
/// <remarks>
/// Redis ──live──► window [f5 f6 f7]  ◄── readers that are up to date
/// Redis ◄─range── pages  [f1 … f4]   ◄── readers that come, or fell behind; who wants the same page at once shares it
/// A message that doesn't follow on the one before empties the window: then everybody reads the log until it follows on.
/// When the run is silent, its log's top is looked at, then Postgres: has it ended without its log, the settled answer follows.
/// </remarks>
internal sealed partial class RunFeed(
    RunKeys keys, RedisClient redis, IRunFallback fallback, Func<RunFeed, RunReader, ValueTask> leave, TimeProvider clock, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan FirstQuiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestQuiet = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource _leaving = new();
    private readonly Lock _gate = new();
    private readonly RunWindow _window = new();
    private readonly List<RunReader> _readers = [];
    private readonly Dictionary<RunEventId, RunFetch> _fetches = [];
    private IAsyncDisposable? _listening;
    private Task _starting = Task.CompletedTask;
    private Task _checking = Task.CompletedTask;
    private RunEventId? _last;
    private RunEventId? _end;
    private (byte[] Fresh, byte[] Again)? _settled;
    private bool _isListening;
    private bool _settledBefore;
    private long _news;
    private long _heardAt = clock.GetTimestamp();
    private TimeSpan _quiet = FirstQuiet;

    public RunKeys Keys => keys;

    public void Start()
    {
        // The feed outlives the request that happened to come first, so it is no part of that one's trace.
        using (ExecutionContext.SuppressFlow())
        {
            _starting = Task.Run(() => Guarded(ListenAsync(_leaving.Token)), CancellationToken.None);
        }
    }

    public RunReader Join(RunEventId? after)
    {
        RunReader reader = new(this, after);
        lock (_gate)
        {
            _readers.Add(reader);
        }

        return reader;
    }

    /// <returns>True when it was the last one.</returns>
    public bool Leave(RunReader reader)
    {
        lock (_gate)
        {
            _readers.Remove(reader);
            return _readers.Count == 0;
        }
    }

    public ValueTask LeaveAsync(RunReader reader) => leave(this, reader);

    /// <summary>For a reader that has nothing at hand.</summary>
    public RunRead Take(RunReader reader, IBufferWriter<byte> output, int atMost)
    {
        lock (_gate)
        {
            if (!_isListening || reader.IsFetching || reader.HasPage)
            {
                return RunRead.Nothing;
            }

            if (reader.Offset < _window.Start)
            {
                // A page may be ahead of what was heard: placed at the window's end, its reader would get that again.
                reader.Offset = reader.Last > _last ? -1 : _window.After(reader.Last) ?? -1;
            }

            if (reader.Offset >= 0 && reader.Offset < _window.End)
            {
                (reader.Offset, var last) = _window.CopyTo(output, reader.Offset, atMost);
                reader.Took(last, isEnd: last == _end);
                return RunRead.Some;
            }

            if (_end is not null && reader.Last >= _end)
            {
                reader.End();
                return RunRead.Ended;
            }

            if (_settled is { } settled)
            {
                output.Write(reader.HasSeen ? settled.Again : settled.Fresh);
                reader.End();
                return RunRead.Some;
            }

            if (reader.Offset < 0 && reader.Looked != _news)
            {
                Fetch(reader);
            }

            return RunRead.Nothing;
        }
    }

    /// <summary>Called about twice a second: has nothing been heard for long, it looks for itself.</summary>
    public void Look()
    {
        lock (_gate)
        {
            if (_isListening && clock.GetElapsedTime(_heardAt) >= _quiet)
            {
                _quiet = _quiet * 2 < LongestQuiet ? _quiet * 2 : LongestQuiet;
                Check_NeedsLock();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        RunFetch[] fetches;
        lock (_gate)
        {
            fetches = [.. _fetches.Values];
        }

        await Task.WhenAll([_starting, _checking, .. fetches.Select(fetch => fetch.Done)]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_listening is not null)
        {
            await _listening.DisposeAsync();
        }

        _leaving.Dispose();
    }

    private async Task ListenAsync(CancellationToken leaving)
    {
        _listening = await redis.ListenAsync(keys.Live, message => Hear((byte[]?)message), leaving);
        lock (_gate)
        {
            _isListening = true;
            Wake_NeedsLock(everybody: true);
        }
    }

    private void Hear(byte[]? message)
    {
        if (!RunFrames.TryReadEntry(message, out var before, out var frames) || RunFrames.LastId(frames.Span) is not { } last)
        {
            return;
        }

        lock (_gate)
        {
            (_heardAt, _quiet, _settledBefore) = (clock.GetTimestamp(), FirstQuiet, false);
            if (_end is not null || _settled is not null || last <= _last)
            {
                return;
            }

            // A message that doesn't follow on what we have shows a gap, or a log that began anew.
            if (_last is null || before != _last)
            {
                _window.Restart(before);
            }

            _window.Add(frames.Span, Slowest);
            _last = last;
            _end = RunFrames.EndWithFinish(frames.Span) ? last : null;
            Wake_NeedsLock(everybody: true);
        }
    }

    private long Slowest()
    {
        long slowest = long.MaxValue;
        foreach (var reader in _readers)
        {
            slowest = reader.Offset >= 0 && reader.Offset < slowest ? reader.Offset : slowest;
        }

        return slowest;
    }

    private void Wake_NeedsLock(bool everybody)
    {
        _news++;
        foreach (var reader in _readers)
        {
            if (everybody || reader.Offset < 0)
            {
                reader.Wake();
            }
        }
    }

    private void Fetch(RunReader reader)
    {
        reader.IsFetching = true;
        var after = reader.Last.GetValueOrDefault();
        if (!_fetches.TryGetValue(after, out var fetch))
        {
            _fetches.Add(after, fetch = new(_news));
            fetch.Done = Guarded(FetchAsync(fetch, reader.Last, _leaving.Token));
        }

        fetch.Readers.Add(reader);
    }

    private async Task FetchAsync(RunFetch fetch, RunEventId? after, CancellationToken leaving)
    {
        await Task.Yield();
        var page = RunPage.Empty;
        try
        {
            page = await RunPage.ReadAsync(redis, keys, after, leaving);
        }
        catch (RedisUnavailableException failure)
        {
            Log.Unreachable(logger, keys.Run.ToString(), failure.Message);
        }

        lock (_gate)
        {
            _fetches.Remove(after.GetValueOrDefault());
            foreach (var reader in fetch.Readers)
            {
                reader.Looked = page.IsFull ? -1 : fetch.News;
                reader.Give(page);
            }

            // Perhaps there is no log, or no more of it: who asks for a finished run needn't wait to learn so.
            if (page.Entries.Count == 0 && _last is null)
            {
                Check_NeedsLock();
            }
        }
    }

    private void Check_NeedsLock()
    {
        if (_checking.IsCompleted && !_leaving.IsCancellationRequested)
        {
            _heardAt = clock.GetTimestamp();
            _checking = Guarded(CheckAsync(_leaving.Token));
        }
    }

    private async Task CheckAsync(CancellationToken leaving)
    {
        await Task.Yield();
        (RunEventId Id, bool IsEnd)? top = null;
        try
        {
            top = await RunPage.TopAsync(redis, keys, leaving);
        }
        catch (RedisUnavailableException failure)
        {
            Log.Unreachable(logger, keys.Run.ToString(), failure.Message);
        }

        if (IsNews(top) || (_end is not null && top is not null))
        {
            return;
        }

        // The worker commits, then says so in the log: a run that has just settled is given one more look.
        var snapshot = await AskPostgresAsync(leaving);
        if (snapshot.Settled && (_settledBefore || top is null))
        {
            Settle(snapshot);
        }

        _settledBefore = snapshot.Settled;
    }

    private bool IsNews((RunEventId Id, bool IsEnd)? top)
    {
        lock (_gate)
        {
            bool isNews = top is { } newest && (_last is null || newest.Id > _last);
            if (isNews)
            {
                (_last, _quiet, _settledBefore) = (top!.Value.Id, FirstQuiet, false);
                _window.Restart(_last);
            }

            _end = top is { IsEnd: true } ending ? ending.Id : _end;
            Wake_NeedsLock(isNews);
            return isNews;
        }
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

    private void Settle(RunSnapshot snapshot)
    {
        Log.FromPostgres(logger, keys.Run.ToString());
        // Whoever saw a part of the answer drops it, before another step is opened.
        int started = snapshot.Parts is [StartPart, ..] ? 1 : 0;
        byte[] again =
        [
            .. RunFrames.Write(snapshot.Parts.Take(started)), .. RunFrames.Drop, .. RunFrames.Write(snapshot.Parts.Skip(started)),
        ];
        lock (_gate)
        {
            _settled = (RunFrames.Write(snapshot.Parts), snapshot.Parts.Count > 0 ? again : []);
            Wake_NeedsLock(everybody: true);
        }
    }

    // Readers of a feed that breaks are let go, and resume with a new one: better than to wait for ever.
    private async Task Guarded(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception failure) when (!_leaving.IsCancellationRequested)
        {
            Log.Broken(logger, failure, keys.Run.ToString());
            lock (_gate)
            {
                _readers.ForEach(reader => reader.Release());
            }
        }
    }

    /// <summary>A page that is being read.</summary>
    /// <param name="news">What the feed knew when it was asked for.</param>
    private sealed class RunFetch(long news)
    {
        public long News => news;

        public List<RunReader> Readers { get; } = [];

        public Task Done { get; set; } = Task.CompletedTask;
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
