using AiSaas.Core.Persistence;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Jobs;

/// <summary>Parents that wait for their children.</summary>
/// <remarks><code>
///  batch ──AwaitChildrenAsync──► waiting            part 1 ends ─┐
///    ├─ part 1 queued                               part 2 ends ─┼─ wake: no active child? ──► batch queued, its handler runs anew
///    └─ part 2 queued          whoever committed last sees it ───┘     (and the sweep, should the last one die before it asks)
/// </code></remarks>
internal sealed partial class JobTrees : IDisposable
{
    private const int Batch = 500;
    private const int MostWaiting = 100_000;

    private readonly JobStore _store;
    private readonly JobDispatch _dispatch;
    private readonly ILogger _logger;

    // Children end by the thousand and have few parents.
    private readonly Gathering<IReadOnlyCollection<JobId>, bool> _waking;

    public JobTrees(JobStore store, JobDispatch dispatch, ILogger<JobTrees> logger)
    {
        (_store, _dispatch, _logger) = (store, dispatch, logger);
        _waking = new(WakeAsync, Batch, MostWaiting);
    }

    public void Dispose() => _waking.Dispose();

    /// <summary>Queues those of <paramref name="parents"/> again that wait and have no active child any more. Never fails: the sweep asks as well.</summary>
    public async Task WakeAsync(IReadOnlyCollection<JobId> parents, CancellationToken cancellation)
    {
        if (parents.Count == 0)
        {
            return;
        }

        try
        {
            await _waking.DoAsync(parents, cancellation).WaitAsync(cancellation);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            Log.Later(_logger, failure.Message);
        }
    }

    private async Task<IReadOnlyList<bool>> WakeAsync(IReadOnlyList<IReadOnlyCollection<JobId>> families)
    {
        Guid[] parents = [.. families.SelectMany(family => family).Select(parent => parent.Value).Distinct()];
        await _dispatch.TryPushAsync(await _store.WakeParentsAsync(parents, parents.Length, CancellationToken.None), CancellationToken.None);
        return new bool[families.Count];
    }

    /// <summary>The same for all that wait.</summary>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        List<ReadyJob> ready;
        do
        {
            ready = await _store.WakeParentsAsync(null, Batch, cancellation);
            await _dispatch.PushAsync(ready, cancellation);
        }
        while (ready.Count == Batch);
    }

    /// <summary>Locks the active jobs below one, children before their parents.</summary>
    public static Task<List<SettledJob>> DescendantsAsync(TenantWork work, JobId job, CancellationToken cancellation) =>
        work.QueryAsync("""
            with recursive below as (
                select id, 1 as depth from jobs
                where parent_id = $1 and tenant_id = $2 and status in ('queued', 'running', 'waiting')
                union all
                select j.id, b.depth + 1 from jobs j join below b on j.parent_id = b.id
                where j.tenant_id = $2 and j.status in ('queued', 'running', 'waiting') and b.depth < 10)
            select j.id, j.tenant_id, j.kind, j.status, j.fence, j.payload, j.error_code, j.error_detail, j.cancel_reason, j.parent_id
            from jobs j join below b on b.id = j.id
            where j.status in ('queued', 'running', 'waiting') order by b.depth desc, j.id for update of j
            """, JobRows.ReadSettled, cancellation, job, work.Tenant);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Waiting parents are looked at by the next sweep: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
