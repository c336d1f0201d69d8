using AiSaas.Contracts.Jobs;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>Ends a move whose job ended without its handler's doing: the workspace stays where it is, or goes on later.</summary>
internal sealed class SettleSwitch(TenantSpaces spaces) : IJobSettlement
{
    /// <summary>The reason of a cancel that makes room for another move.</summary>
    public const string Superseded = "superseded";

    public string Kind => JobKind.Reembed.Name;

    public async Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        if (job.CancelReason == Superseded)
        {
            return;
        }

        bool isGivenUp = job.Status == JobStatus.Canceled;
        await SpaceRows.StopAsync(
            work, job.Id, isGivenUp ? "Embedding again was canceled; the workspace stays with the model it has." : job.Failure?.Detail, isGivenUp, cancellation);
        work.OnCommitted(_ =>
        {
            spaces.Forget(job.Tenant);
            return Task.CompletedTask;
        });
    }

    /// <summary>A new command, or the worker by itself, goes on where it stopped: its parts have ended with it.</summary>
    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.FromResult(false);
}

/// <summary>A part is its move's: tried again with it, not by itself.</summary>
internal sealed class SettleSwitchPart : IJobSettlement
{
    public string Kind => JobKind.ReembedPart.Name;

    public Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.CompletedTask;

    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.FromResult(false);
}

/// <summary>A move shows how many of its parts are done.</summary>
internal sealed class SwitchView : IJobView
{
    public string Kind => JobKind.Reembed.Name;

    public async Task<JobInfo> ShowAsync(TenantWork work, JobInfo job, CancellationToken cancellation)
    {
        var progress = await work.QueryAsync(
            "select avg(progress) from jobs where tenant_id = $1 and parent_id = $2",
            row => row.IsDBNull(0) ? (double?)null : row.GetDouble(0), cancellation, work.Tenant, JobId.From(job.Id));
        return job.Status == "running" && progress is [{ } share] ? job with { Progress = Math.Round(share, 4) } : job;
    }
}
