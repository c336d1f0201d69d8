using AiSaas.Core.Persistence;

namespace AiSaas.Core.Jobs;

/// <summary>Finds the settlement of a job's kind; a kind without one owes its rows nothing.</summary>
internal sealed class Settlements(IEnumerable<IJobSettlement> settlements)
{
    private readonly Dictionary<string, IJobSettlement> _byKind = settlements.ToDictionary(settlement => settlement.Kind);

    public Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation) =>
        _byKind.TryGetValue(job.Kind, out var settlement)
            ? settlement.SettleAsync(work, job, cancellation)
            : Task.CompletedTask;

    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) =>
        _byKind.TryGetValue(job.Kind, out var settlement)
            ? settlement.ReopenAsync(work, job, cancellation)
            : Task.FromResult(true);
}
