using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Redis;

/// <summary>Tells watchers in any process that something of a tenant has changed, so that they look at once instead of at their next poll.</summary>
/// <remarks>Only hints: nothing is carried, and whoever waits also wakes by itself. Channel: <c>aisaas:1:{t:&lt;tenant&gt;}:changed:&lt;id&gt;</c>.</remarks>
public sealed class ChangeSignals(RedisClient redis, TimeProvider clock)
{
    /// <summary>Says that <paramref name="id"/> (a job, a document) has changed. Never fails, never waits.</summary>
    public void Changed(TenantId tenant, Guid id) => redis.Publish(Channel(tenant, id), 1);

    /// <summary>The same for many.</summary>
    public void Changed(IReadOnlyCollection<(TenantId Tenant, Guid Id)> changed)
    {
        if (changed.Count == 1)
        {
            var (tenant, id) = changed.Single();
            Changed(tenant, id);
            return;
        }

        foreach (var batch in changed.Chunk(500))
        {
            redis.PublishAll(batch.Select(change => Channel(change.Tenant, change.Id)), 1);
        }
    }

    /// <summary>Starts watching. Begin before the first look, or a change in between is missed until the next poll.</summary>
    public async Task<ChangeWatch> WatchAsync(TenantId tenant, Guid id, CancellationToken cancellation)
    {
        Bell bell = new(clock);
        return new ChangeWatch(bell, await redis.ListenAsync(Channel(tenant, id), _ => bell.Ring(), cancellation));
    }

    private static string Channel(TenantId tenant, Guid id) => $"aisaas:1:{{t:{tenant}}}:changed:{id:D}";
}

/// <summary>A watch on one thing of one tenant. For one waiter.</summary>
public sealed class ChangeWatch : IAsyncDisposable
{
    private readonly Bell _bell;
    private readonly IAsyncDisposable _listening;

    internal ChangeWatch(Bell bell, IAsyncDisposable listening)
    {
        _bell = bell;
        _listening = listening;
    }

    /// <summary>Until something changed since the last call, at the longest <paramref name="poll"/>.</summary>
    public Task WaitAsync(TimeSpan poll, CancellationToken cancellation) => _bell.WaitAsync(poll, cancellation);

    public ValueTask DisposeAsync() => _listening.DisposeAsync();
}
