using System.Runtime.CompilerServices;
using AiSaas.Core.Chat;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Runs;

/// <summary>Follows runs: what is there, then what comes, until the answer's end. Readers of one run share one <see cref="RunFeed"/>.</summary>
public sealed class RunLogReader(RedisClient redis, IRunFallback fallback, TimeProvider clock, ILogger<RunLogReader> logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RunKeys, RunFeed> _feeds = [];

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

    /// <summary>Everything after <paramref name="after"/> (null: from the start), ending after the <c>finish</c> part.</summary>
    /// <remarks>Access is the caller's to check, see <see cref="IRunAccess"/>. A run whose log is lost ends with the settled answer
    /// from Postgres.</remarks>
    public async IAsyncEnumerable<RunEvent> ReadAsync(
        TenantId tenant, RunId run, RunEventId? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var feed = Join(new RunKeys(tenant, run));
        try
        {
            int index = 0;
            while (true)
            {
                var (events, ended, more) = feed.Read(index);
                index += events.Count;
                foreach (var one in events)
                {
                    if (one.Id is null || after is null || one.Id > after)
                    {
                        yield return one;
                    }
                }

                if (ended && events.Count == 0)
                {
                    yield break;
                }

                if (events.Count == 0)
                {
                    await more.WaitAsync(cancellation);
                }
            }
        }
        finally
        {
            await LeaveAsync(feed);
        }
    }

    private RunFeed Join(RunKeys keys)
    {
        lock (_gate)
        {
            if (!_feeds.TryGetValue(keys, out var feed))
            {
                feed = new RunFeed(keys, redis, fallback, clock, logger);
                _feeds.Add(keys, feed);
                feed.Start();
            }

            feed.Readers_NeedsLock++;
            return feed;
        }
    }

    private async Task LeaveAsync(RunFeed feed)
    {
        lock (_gate)
        {
            if (--feed.Readers_NeedsLock > 0)
            {
                return;
            }

            _feeds.Remove(feed.Keys);
        }

        await feed.DisposeAsync();
    }
}
