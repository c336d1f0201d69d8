using AiSaas.Core.Chat;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Runs;

/// <summary>Opens logs for writing.</summary>
public sealed class RunLog(RedisClient redis, TimeProvider clock, ILogger<RunLog> logger)
{
    /// <summary>Opens the log of a run for the holder of <paramref name="fence"/>. When an earlier attempt wrote already,
    /// <see cref="Parts.ResetStepPart"/> goes out first, and the <see cref="Parts.StartPart"/> and <see cref="Parts.StartStepPart"/>
    /// that every attempt writes are not repeated to readers.</summary>
    /// <exception cref="LeaseLostException">A later attempt has written.</exception>
    public Task<RunLogWriter> OpenAsync(TenantId tenant, RunId run, long fence, CancellationToken cancellation) =>
        OpenAsync(tenant, run, fence, isFirst: true, cancellation);

    /// <param name="tenant">Whose run it is.</param>
    /// <param name="run">The run.</param>
    /// <param name="fence">The job's.</param>
    /// <param name="isFirst">False where somebody may have written before: should Redis have lost that, readers still have it, and drop it.</param>
    /// <param name="cancellation">Ends it before it begins.</param>
    /// <inheritdoc cref="OpenAsync(TenantId, RunId, long, CancellationToken)"/>
    public async Task<RunLogWriter> OpenAsync(TenantId tenant, RunId run, long fence, bool isFirst, CancellationToken cancellation)
    {
        RunLogWriter writer = new(run, new RunLogAppender(new RunKeys(tenant, run), fence, redis, clock), clock, logger);
        await writer.OpenAsync(isFirst, cancellation);
        return writer;
    }
}
