using AiSaas.Core.Jobs;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Worker;

/// <summary>Deletes jobs that ended long ago, and their logs with them. Every worker does, some at once; none waits for another.</summary>
internal sealed partial class JobRetention(
    JobStore store, TimeProvider clock, IOptions<JobRetentionOptions> options, ILogger<JobRetention> logger)
{
    private const int Page = 1_000;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            // The first look is late too: workers that restart in a loop have better things to do.
            await Task.Delay(options.Value.Interval * (0.75 + (Random.Shared.NextDouble() / 2)), clock, stopping);
            try
            {
                int deleted = await DeleteAsync(stopping);
                if (deleted > 0)
                {
                    Log.Deleted(logger, deleted);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                Log.Later(logger, failure.Message);
            }
        }
    }

    /// <summary>Goes once through all jobs that are old enough, page by page in the order of their ids, which is that of time.</summary>
    /// <returns>How many are gone.</returns>
    public async Task<int> DeleteAsync(CancellationToken cancellation)
    {
        var (settled, dead) = (options.Value.Settled, options.Value.Dead);
        JobId before = new(Guid.CreateVersion7(clock.GetUtcNow() - settled));
        JobId? last = new JobId(Guid.Empty);
        int all = 0;
        while (last is { } after)
        {
            (last, int deleted) = await store.ExpireAsync(after, before, settled, dead, Page, cancellation);
            all += deleted;
            await Task.Delay(Breath, clock, cancellation);
        }

        return all;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Deleted {Jobs} jobs that ended long ago")]
        public static partial void Deleted(ILogger logger, int jobs);

        [LoggerMessage(LogLevel.Warning, "Jobs that ended long ago are deleted later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
