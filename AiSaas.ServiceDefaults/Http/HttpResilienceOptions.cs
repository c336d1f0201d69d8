using System.ComponentModel.DataAnnotations;

namespace AiSaas.ServiceDefaults.Http;

/// <summary>How a named <see cref="HttpClient"/> meets failure. The deadlines run until the response's headers; bodies may stream for as long as they like.</summary>
public sealed class HttpResilienceOptions
{
    /// <summary>Off for clients that have rules of their own, such as the model providers' with their failover.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Of each try of a request that may be repeated.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Over all tries and the waits between them; the only one for requests that may not be repeated.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(30);

    [Range(0, 10)]
    public int Retries { get; set; } = 3;

    /// <summary>Grows exponentially, with jitter. A server's <c>Retry-After</c> goes first.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Share of failures within <see cref="BreakerWindow"/> that opens the circuit to a host.</summary>
    [Range(0.01, 1)]
    public double BreakerRatio { get; set; } = 0.5;

    [Range(2, 10_000)]
    public int BreakerMinimum { get; set; } = 20;

    [Range(typeof(TimeSpan), "00:00:00.5", "01:00:00")]
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an open circuit refuses at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "01:00:00")]
    public TimeSpan BreakerRest { get; set; } = TimeSpan.FromSeconds(5);
}
