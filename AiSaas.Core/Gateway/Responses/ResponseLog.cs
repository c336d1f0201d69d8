using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Opens the logs of background responses for writing.</summary>
internal sealed class ResponseLog(RedisClient redis, TimeProvider clock, ILogger<ResponseLog> logger)
{
    /// <summary>Numbers 0 and 1 are <c>created</c> and <c>queued</c>, which readers get from the row.</summary>
    public const long FirstNumber = 2;

    // A log that was lost with its writer begins anew above every number that a reader may have seen. A fence is the millisecond
    // of its lease; no attempt writes that many events in one.
    private const long NumbersPerMillisecond = 1000;

    /// <summary>Opens the log for the holder of <paramref name="fence"/>. What an earlier attempt wrote stays: its unfinished items are
    /// ended as <c>incomplete</c>, <c>in_progress</c> says that the answer starts again, and new items take the places after them.</summary>
    /// <param name="tenant">Whose response it is.</param>
    /// <param name="task">The response.</param>
    /// <param name="fence">Of the writer's lease.</param>
    /// <param name="isFirst">Whether nobody can have written before.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="LeaseLostException">A later attempt has written.</exception>
    public async Task<ResponseLogWriter> OpenAsync(
        TenantId tenant, ResponseTask task, long fence, bool isFirst, CancellationToken cancellation)
    {
        long first = isFirst ? FirstNumber : FirstNumber + (Math.Max(1, fence - task.CreatedAt.ToUnixTimeMilliseconds()) * NumbersPerMillisecond);
        ResponseLogWriter writer = new(
            new ResponseLogKeys(tenant, task.Id), task, fence, first, redis, clock, logger);
        await writer.OpenAsync(cancellation);
        return writer;
    }
}
