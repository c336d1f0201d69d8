using System.Text;
using AiSaas.Contracts.Common;
using AiSaas.Core.Jobs;
using AiSaas.Core.Outbound;
using AiSaas.Core.Sources;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Sources;

/// <summary>Reads a site's robots.txt once a walk.</summary>
/// <remarks>As RFC 9309 has it: without one (4xx) everything is allowed; while nobody can say (5xx, no answer) nothing is, so the walk
/// waits and tries again, and ends where that doesn't help. What is beyond half a MiB is not read.</remarks>
internal sealed class RobotsFile(OutboundHttp http, TimeProvider clock, IOptions<SourcesOptions> options)
{
    public const string Forbids = "The site's robots.txt asks crawlers not to fetch this page.";

    private const int MostBytes = 512 << 10;
    private const int Redirects = 5;

    /// <returns>The text, or why there is none.</returns>
    public async Task<(string? Text, JobOutcome.Retry? Later)> ReadAsync(Uri site, CancellationToken cancellation)
    {
        OutboundRequest request = new(HttpMethod.Get, new Uri(site, "/robots.txt"))
        {
            Deadline = TimeSpan.FromSeconds(Math.Min(30, options.Value.Deadline.TotalSeconds)),
            MostBytes = MostBytes + 1,
            Redirects = Redirects,
        };
        switch (await http.SendAsync(request, cancellation))
        {
            case OutboundResult.Answered(var response):
                using (response)
                {
                    int status = (int)response.Status;
                    return status switch
                    {
                        >= 200 and < 300 => (Encoding.UTF8.GetString(await response.ReadStartAsync(MostBytes, cancellation)), null),
                        429 or >= 500 => (null, Later($"answers {status}", PageFetcher.After(response, clock))),
                        _ => ("", null),
                    };
                }

            // The page itself will say that it can't be reached, and why.
            case OutboundResult.Refused or OutboundResult.Failed { Fault: OutboundFault.Redirect }:
                return ("", null);

            case OutboundResult.Failed(_, var detail):
                return (null, Later($"can't be read: {detail}", null));

            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private JobOutcome.Retry Later(string why, TimeSpan? after) => new(
        ErrorClass.Unavailable,
        new Failure("sources:no-robots", $"The site's robots.txt {why.TrimEnd('.')}. While it can't say what may be fetched, nothing is."),
        after is { } asked && asked < options.Value.MaxRetryAfter ? asked : options.Value.RetryPause);
}
