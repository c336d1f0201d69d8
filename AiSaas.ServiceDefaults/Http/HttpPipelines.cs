using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace AiSaas.ServiceDefaults.Http;

/// <summary>One pipeline for each client and host, kept over the factory's renewals of handlers, so that breakers remember.</summary>
/// <remarks>Outermost first: total deadline, retry, breaker, deadline of the try. Requests that may not be repeated share the
/// host's breaker and pass by retry and the try's deadline.</remarks>
internal sealed partial class HttpPipelines(IOptionsMonitor<HttpResilienceOptions> options, TimeProvider time, ILogger<HttpPipelines> logger)
{
    // Clients that follow links meet any number of hosts: beyond this many, new ones share one breaker per client.
    private const int HostLimit = 256;

    private readonly ConcurrentDictionary<(string Client, string Host), HostPipelines> _pipelines = new();

    /// <summary>Null where the client wants none.</summary>
    public ResiliencePipeline<HttpResponseMessage>? For(string client, HttpRequestMessage request, bool mayRepeat)
    {
        var key = (client, request.RequestUri?.Authority ?? "");
        if (!_pipelines.TryGetValue(key, out var pipelines))
        {
            var limits = options.Get(client);
            if (!limits.Enabled)
            {
                return null;
            }

            pipelines = _pipelines.GetOrAdd(_pipelines.Count < HostLimit ? key : (client, "*"), _ => Build(client, limits));
        }

        return mayRepeat ? pipelines.Repeating : pipelines.Once;
    }

    private HostPipelines Build(string client, HttpResilienceOptions limits)
    {
        ResiliencePipeline<HttpResponseMessage> breaker = Builder().AddCircuitBreaker(new()
        {
            FailureRatio = limits.BreakerRatio,
            MinimumThroughput = limits.BreakerMinimum,
            SamplingDuration = limits.BreakerWindow,
            BreakDuration = limits.BreakerRest,
            ShouldHandle = static failure => ValueTask.FromResult(HostFailed(failure.Outcome)),
        }).Build();

        var repeating = Builder().AddTimeout(limits.TotalTimeout);
        if (limits.Retries > 0)
        {
            repeating.AddRetry(Retry(client, limits));
        }

        return new(
            repeating.AddPipeline(breaker).AddTimeout(limits.AttemptTimeout).Build(),
            Builder().AddTimeout(limits.TotalTimeout).AddPipeline(breaker).Build());
    }

    private RetryStrategyOptions<HttpResponseMessage> Retry(string client, HttpResilienceOptions limits) => new()
    {
        MaxRetryAttempts = limits.Retries,
        Delay = limits.FirstDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = static failure => ValueTask.FromResult(MayPass(failure.Outcome)),
        DelayGenerator = failure => ValueTask.FromResult(AskedFor(failure.Outcome, limits)),
        OnRetry = retry =>
        {
            Log.Retrying(logger, client, retry.AttemptNumber + 1, (int?)retry.Outcome.Result?.StatusCode, retry.Outcome.Exception?.Message);
            retry.Outcome.Result?.Dispose();
            return ValueTask.CompletedTask;
        },
    };

    private ResiliencePipelineBuilder<HttpResponseMessage> Builder() => new() { TimeProvider = time };

    private static bool HostFailed(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout } => true,
        _ => false,
    };

    private static bool MayPass(Outcome<HttpResponseMessage> outcome) =>
        HostFailed(outcome)
        || outcome.Result?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError;

    private TimeSpan? AskedFor(Outcome<HttpResponseMessage> outcome, HttpResilienceOptions limits)
    {
        var header = outcome.Result?.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait is { } asked && asked >= TimeSpan.Zero && asked < limits.TotalTimeout ? asked : null;
    }

    private sealed record HostPipelines(
        ResiliencePipeline<HttpResponseMessage> Repeating, ResiliencePipeline<HttpResponseMessage> Once);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "HTTP client '{Client}' tries again ({Attempt}) after {Status} {Reason}")]
        public static partial void Retrying(ILogger logger, string client, int attempt, int? status, string? reason);
    }
}
