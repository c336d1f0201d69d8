using AiSaas.Core.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Core.Jobs;

/// <summary>Finds the settlement of a job's kind; a kind without one owes its rows nothing. Then tells webhooks.</summary>
internal sealed class Settlements(IServiceProvider services)
{
    // Late, since a settlement may itself submit or cancel jobs.
    private readonly Lazy<Dictionary<string, IJobSettlement>> _byKind =
        new(() => services.GetServices<IJobSettlement>().ToDictionary(settlement => settlement.Kind));

    public async Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        if (_byKind.Value.TryGetValue(job.Kind, out var settlement))
        {
            await settlement.SettleAsync(work, job, cancellation);
        }

        // After the kind's own rows, which the event shows. A parent's hundred thousand parts are not asked about one by one.
        if (job.Parent is null)
        {
            await work.ExecuteAsync("select app.jobs_ended(array[$1], array[$2])", cancellation, job.Id, work.Tenant);
        }
    }

    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) =>
        _byKind.Value.TryGetValue(job.Kind, out var settlement)
            ? settlement.ReopenAsync(work, job, cancellation)
            : Task.FromResult(true);
}
