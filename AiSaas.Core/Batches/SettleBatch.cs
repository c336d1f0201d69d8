using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Batches;

/// <summary>Ends a batch whose job ended without its handler's doing: cancelled, out of money, out of tries. What is done stays;
/// what never got its turn says so wherever the results are read.</summary>
internal sealed class SettleBatch : IJobSettlement
{
    public string Kind => JobKind.Batch.Name;

    public async Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        await BatchRows.EndAsync(work, job.Id, job.Status == JobStatus.Canceled ? "canceled" : "failed", cancellation);
        if (await BatchTotals.ReadAsync(work, job.Id, cancellation) is { } totals)
        {
            await work.ExecuteAsync(
                "update jobs set result = $2 where id = $1", cancellation, job.Id, SqlParameter.Json(totals.ResultJson()));
        }
    }

    /// <summary>Goes on where it stopped. A file that could not be read stays so.</summary>
    public async Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        if (!await work.ScalarAsync<bool>(
            "select true from batches where tenant_id = $1 and id = $2 and errors is null and (deadline is null or deadline > now()) for update",
            cancellation, work.Tenant, job.Id))
        {
            return false;
        }

        await BatchRows.ReopenAsync(work, job.Id, cancellation);
        await work.ExecuteAsync("update jobs set result = null where id = $1", cancellation, job.Id);
        return true;
    }
}

/// <summary>A part is its batch's: tried again with it, not by itself.</summary>
internal sealed class SettleBatchPart : IJobSettlement
{
    public string Kind => JobKind.BatchPart.Name;

    public Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.CompletedTask;

    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.FromResult(false);
}
