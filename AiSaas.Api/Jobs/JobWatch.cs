using System.Runtime.CompilerServices;
using System.Text.Json;
using AiSaas.Api.Common;
using AiSaas.Contracts;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;

namespace AiSaas.Api.Jobs;

/// <summary>A job's state as events: at once, whenever it changes, and for the last time when it has settled.</summary>
internal static class JobWatch
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<SseEvent> FollowAsync(
        JobControl jobs, ChangeSignals signals, TenantId tenant, JobId job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var changes = await signals.WatchAsync(tenant, job.Value, cancellation);
        byte[] before = [];
        while (await jobs.FindAsync(tenant, job, cancellation) is { } found)
        {
            byte[] now = JsonSerializer.SerializeToUtf8Bytes(found, ContractsJson.Default.JobInfo);
            if (!now.AsSpan().SequenceEqual(before))
            {
                before = now;
                yield return new SseEvent(null, now);
            }

            if (JobStatusNames.Parse(found.Status).IsSettled())
            {
                yield break;
            }

            await changes.WaitAsync(Poll, cancellation);
        }
    }
}
