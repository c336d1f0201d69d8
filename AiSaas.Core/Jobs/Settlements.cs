using AiSaas.Core.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Core.Jobs;

/// <summary>Finds the settlement of a job's kind; a kind without one owes its rows nothing.</summary>
internal sealed class Settlements(IServiceProvider services)
{
    // Late, since a settlement may itself submit or cancel jobs.
    private readonly Lazy<Dictionary<string, IJobSettlement>> _byKind =
        new(() => services.GetServices<IJobSettlement>().ToDictionary(settlement => settlement.Kind));

    public Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation) =>
        _byKind.Value.TryGetValue(job.Kind, out var settlement)
            ? settlement.SettleAsync(work, job, cancellation)
            : Task.CompletedTask;

    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) =>
        _byKind.Value.TryGetValue(job.Kind, out var settlement)
            ? settlement.ReopenAsync(work, job, cancellation)
            : Task.FromResult(true);
}
