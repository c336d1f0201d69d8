using AiSaas.Contracts.Jobs;
using AiSaas.Core.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Core.Jobs;

/// <summary>What a kind shows of a job beyond its row: a batch counts what is done while it runs.</summary>
public interface IJobView
{
    /// <summary>The <see cref="JobKind.Name"/> it is for.</summary>
    string Kind { get; }

    Task<JobInfo> ShowAsync(TenantWork work, JobInfo job, CancellationToken cancellation);
}

/// <summary>Finds the view of a job's kind; a kind without one shows its row.</summary>
internal sealed class JobViews(IServiceProvider services)
{
    private readonly Lazy<Dictionary<string, IJobView>> _byKind = new(() => services.GetServices<IJobView>().ToDictionary(view => view.Kind));

    public Task<JobInfo> ShowAsync(TenantWork work, JobInfo job, CancellationToken cancellation) =>
        _byKind.Value.TryGetValue(job.Kind, out var view) ? view.ShowAsync(work, job, cancellation) : Task.FromResult(job);
}
