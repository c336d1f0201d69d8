using System.Threading.Channels;
using AiSaas.Core.Batches;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;

namespace AiSaas.Ingestion.Batches;

/// <summary>Writes the results of a part behind its fence: as soon as some are there, none waits longer than a moment.</summary>
internal sealed class PartWriter(JobContext context, JobId batch, int first, TenantDatabase database, ChangeSignals signals, TimeProvider clock)
{
    private const int Most = 16;
    private const int MostBytes = 4 << 20;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShowEvery = TimeSpan.FromSeconds(1);

    private long _shownAt;
    private bool _isForgiven;

    /// <summary>Until the last one. Has the database's own deadlines, not the job's token: what is done is written when the job is stopped, too.</summary>
    /// <exception cref="LeaseLostException">Somebody else has the part.</exception>
    public async Task WriteAllAsync(ChannelReader<(WaitingItem Item, Tried Tried)> results)
    {
        List<(WaitingItem Item, Tried Tried)> group = [];
        while (await results.WaitToReadAsync(CancellationToken.None))
        {
            await GatherAsync(results, group);
            await WriteAsync(group);
            group.Clear();
        }
    }

    private async Task GatherAsync(ChannelReader<(WaitingItem Item, Tried Tried)> results, List<(WaitingItem Item, Tried Tried)> group)
    {
        using CancellationTokenSource moment = new(Moment, clock);
        int bytes = 0;
        try
        {
            while (group.Count < Most && bytes < MostBytes)
            {
                var one = await results.ReadAsync(moment.Token);
                group.Add(one);
                bytes += one.Tried is Tried.Settled(var result) ? result.Line.Length : 0;
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ChannelClosedException)
        {
            // The moment is over, or that was all.
        }
    }

    private async Task WriteAsync(List<(WaitingItem Item, Tried Tried)> group)
    {
        ItemResult[] settled = [.. group.Select(one => one.Tried).OfType<Tried.Settled>().Select(one => one.Result)];
        int[] inVain = [.. group.Where(one => one.Tried is Tried.InVain).Select(one => one.Item.Ordinal)];
        if (settled.Length + inVain.Length == 0)
        {
            return;
        }

        await context.FencedAsync(
            async (work, token) =>
            {
                if (settled.Length > 0)
                {
                    await BatchParts.WriteAsync(work, batch, first, settled, token);
                }

                if (inVain.Length > 0)
                {
                    await BatchParts.TriedAsync(work, batch, inVain, token);
                }

                if (settled.Length > 0 && !_isForgiven)
                {
                    await BatchParts.ForgiveAsync(work, context.JobId, token);
                }
            },
            CancellationToken.None);
        _isForgiven |= settled.Length > 0;
        await ShowAsync();
    }

    private async Task ShowAsync()
    {
        if (_shownAt != 0 && clock.GetElapsedTime(_shownAt) < ShowEvery)
        {
            return;
        }

        _shownAt = clock.GetTimestamp();
        await using var work = await database.BeginAsync(context.Tenant, CancellationToken.None);
        await BatchParts.ShowProgressAsync(work, batch, CancellationToken.None);
        await work.CommitAsync(CancellationToken.None);
        signals.Changed(context.Tenant, batch.Value);
    }
}
