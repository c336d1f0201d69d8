using System.Diagnostics.Metrics;
using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Worker;

/// <summary>What operators watch: how long jobs wait, how long they run, how they end.</summary>
internal static class JobMetrics
{
    private static readonly Meter Meter = new(JobQueue.Source);
    private static readonly Histogram<double> Wait = Meter.CreateHistogram<double>("aisaas.job.wait", "s", "From submission to the first attempt.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("aisaas.job.duration", "s", "One attempt.");

    public static void Waited(JobLease lease, DateTimeOffset now)
    {
        if (lease.Attempt == 1)
        {
            Wait.Record(Math.Max(0, (now - lease.CreatedAt).TotalSeconds), new KeyValuePair<string, object?>("kind", lease.Kind));
        }
    }

    public static void Ended(JobLease lease, JobStatus? status, TimeSpan took) => Duration.Record(
        took.TotalSeconds,
        new KeyValuePair<string, object?>("kind", lease.Kind),
        new KeyValuePair<string, object?>("status", status?.Name() ?? "lease-lost"));
}
