using System.Buffers;
using System.Runtime.CompilerServices;
using AiSaas.Core.Chat;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Runs;

/// <summary>Follows runs: what is there, then what comes, until the answer's end. Readers of one run share one <see cref="RunFeed"/>.</summary>
/// <remarks>Access is the caller's to check, see <see cref="IRunAccess"/>. A run whose log is lost ends with the settled answer
/// from Postgres.</remarks>
public sealed class RunLogReader : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    private readonly RedisClient _redis;
    private readonly IRunFallback _fallback;
    private readonly TimeProvider _clock;
    private readonly ILogger<RunLogReader> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<RunKeys, RunFeed> _feeds = [];
    private readonly ITimer _timer;

    public RunLogReader(RedisClient redis, IRunFallback fallback, TimeProvider clock, ILogger<RunLogReader> logger)
    {
        (_redis, _fallback, _clock, _logger) = (redis, fallback, clock, logger);
        // One for all: thousands of timers, moved at every word, cost more than a look at each feed.
        _timer = clock.CreateTimer(_ => LookAround(), null, Glance, Glance);
    }

    /// <summary>How many runs this process follows.</summary>
    internal int Following
    {
        get
        {
            lock (_gate)
            {
                return _feeds.Count;
            }
        }
    }

    /// <summary>A reader of everything after <paramref name="after"/> (null: from the start), ending after the <c>finish</c> part.
    /// Dispose it.</summary>
    public RunReader Open(TenantId tenant, RunId run, RunEventId? after)
    {
        RunKeys keys = new(tenant, run);
        lock (_gate)
        {
            if (!_feeds.TryGetValue(keys, out var feed))
            {
                feed = new RunFeed(keys, _redis, _fallback, LeaveAsync, _clock, _logger);
                _feeds.Add(keys, feed);
                feed.Start();
            }

            return feed.Join(after);
        }
    }

    /// <summary>The same as events one by one.</summary>
    public async IAsyncEnumerable<RunEvent> ReadAsync(
        TenantId tenant, RunId run, RunEventId? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var reader = Open(tenant, run, after);
        await using var leaving = cancellation.UnsafeRegister(static reader => ((RunReader)reader!).Release(), reader);
        ArrayBufferWriter<byte> taken = new();
        while (reader.Take(taken) is var read && read != RunRead.Ended)
        {
            if (read == RunRead.Nothing)
            {
                await reader.WaitAsync();
                continue;
            }

            ReadOnlyMemory<byte> frames = taken.WrittenSpan.ToArray();
            taken.ResetWrittenCount();
            while (frames.Length > 0)
            {
                var (length, id) = RunFrames.Next(frames.Span);
                yield return new RunEvent(id, RunFrames.Data(frames[..length]));
                frames = frames[length..];
            }
        }

        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose() => _timer.Dispose();

    private void LookAround()
    {
        RunFeed[] feeds;
        lock (_gate)
        {
            feeds = [.. _feeds.Values];
        }

        foreach (var feed in feeds)
        {
            feed.Look();
        }
    }

    private ValueTask LeaveAsync(RunFeed feed, RunReader reader)
    {
        lock (_gate)
        {
            if (!feed.Leave(reader))
            {
                return ValueTask.CompletedTask;
            }

            _feeds.Remove(feed.Keys);
        }

        return feed.DisposeAsync();
    }
}
