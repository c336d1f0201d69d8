using System.Globalization;
using System.Text.Json;
using AiSaas.Contracts.Batches;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Batches;

/// <summary>How far a batch is.</summary>
/// <param name="Canceled">Of one that has ended: what never got its turn.</param>
internal sealed record BatchTotals(
    JobId Batch, int Total, int Succeeded, int Failed, int Canceled, long CostNanos, long InputTokens, long OutputTokens, bool HasEnded)
{
    /// <summary>0 to 1.</summary>
    public double Progress => Total == 0 ? 0 : (double)(Succeeded + Failed) / Total;

    public BatchResult Result() => new(
        Total, Succeeded, Failed, Canceled, (CostNanos / 1_000_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture),
        InputTokens, OutputTokens, $"/api/jobs/{Batch}/results");

    public string ResultJson() => JsonSerializer.Serialize(Result(), BatchJobJson.Default.BatchResult);

    /// <returns>Null where there is no such batch.</returns>
    public static async Task<BatchTotals?> ReadAsync(TenantWork work, JobId batch, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            """
            select b.total, b.ended_as, coalesce(sum(p.succeeded), 0)::int, coalesce(sum(p.failed), 0)::int,
                coalesce(sum(p.cost_nanos), 0)::bigint, coalesce(sum(p.input_tokens), 0)::bigint, coalesce(sum(p.output_tokens), 0)::bigint
            from batches b left join batch_parts p on p.tenant_id = b.tenant_id and p.batch_id = b.id
            where b.tenant_id = $1 and b.id = $2 group by b.id
            """,
            row => Of(
                batch, row.GetInt32(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetInt64(4), row.GetInt64(5),
                row.GetInt64(6)),
            cancellation, work.Tenant, batch);
        return found is [var totals] ? totals : null;
    }

    private static BatchTotals Of(JobId batch, int total, string? endedAs, int succeeded, int failed, long cost, long input, long output)
    {
        int rest = total - succeeded - failed;
        return endedAs switch
        {
            null => new(batch, total, succeeded, failed, 0, cost, input, output, false),
            "canceled" => new(batch, total, succeeded, failed, rest, cost, input, output, true),
            _ => new(batch, total, succeeded, failed + rest, 0, cost, input, output, true),
        };
    }
}

/// <summary>Shows a batch's counts, cost and progress with its job, while it runs too.</summary>
internal sealed class BatchView : IJobView
{
    public string Kind => JobKind.Batch.Name;

    public async Task<JobInfo> ShowAsync(TenantWork work, JobInfo job, CancellationToken cancellation) =>
        await BatchTotals.ReadAsync(work, JobId.From(job.Id), cancellation) is { } totals
            ? job with { Progress = Math.Round(totals.Progress, 4), Result = JsonSerializer.SerializeToElement(totals.Result(), BatchJobJson.Default.BatchResult) }
            : job;
}
