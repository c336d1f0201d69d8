using AiSaas.Core.Documents;
using AiSaas.Core.Outbound;
using AiSaas.Core.Sources;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Sources;

/// <summary>Asks for one page and stores what it answers, block by block, never whole in memory.</summary>
internal sealed class PageFetcher(OutboundHttp http, IFileStore files, TenantLimits limits, TimeProvider clock, IOptions<SourcesOptions> options)
{
    private const int Redirects = 5;
    private const int LongestHeader = 1000;

    // Whatever they are called: no parser reads them.
    private static readonly string[] Media = ["image/", "video/", "audio/", "font/"];

    /// <param name="tenant">Whose document it becomes.</param>
    /// <param name="page">With what is known of the last answer, so that an unchanged page costs next to nothing.</param>
    /// <param name="follow">Follow redirects; else they are an answer.</param>
    /// <param name="cancellation">The job's.</param>
    public async Task<PageAnswer> FetchAsync(TenantId tenant, DuePage page, bool follow, CancellationToken cancellation)
    {
        long most = limits.Of("free").MaxUploadBytes;
        OutboundRequest request = new(HttpMethod.Get, page.Url)
        {
            Headers = [.. Headers(page)],
            Deadline = options.Value.Deadline,
            MostBytes = most,
            Redirects = follow ? Redirects : 0,
        };
        switch (await http.SendAsync(request, cancellation))
        {
            case OutboundResult.Answered(var response):
                using (response)
                {
                    return await ReadAsync(tenant, page, response, most, cancellation);
                }

            case OutboundResult.Refused(var detail):
                return new PageAnswer.Refused(new("sources:forbidden-address", detail));

            case OutboundResult.Failed(OutboundFault.Tls or OutboundFault.Redirect, var detail):
                return new PageAnswer.Refused(new("sources:unreachable", detail));

            case OutboundResult.Failed(var fault, var detail):
                return new PageAnswer.Trouble(new(fault == OutboundFault.Timeout ? "sources:timeout" : "sources:unreachable", detail), null);

            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>What <c>Retry-After</c> asks for.</summary>
    public static TimeSpan? After(OutboundResponse response, TimeProvider clock) =>
        response.Headers.RetryAfter is not { } asked ? null
            : (asked.Delta ?? (asked.Date is { } date ? date - clock.GetUtcNow() : null)) is { } after && after > TimeSpan.Zero ? after : null;

    private static IEnumerable<KeyValuePair<string, string>> Headers(DuePage page)
    {
        yield return new("Accept", "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.8");
        // Where nothing is kept of the last answer, "unchanged" would leave us with nothing.
        if (page.Document is not null && page.Sha256 is not null)
        {
            if (page.ETag is { } tag)
            {
                yield return new("If-None-Match", tag);
            }

            if (page.LastModified is { } modified)
            {
                yield return new("If-Modified-Since", modified);
            }
        }
    }

    private async Task<PageAnswer> ReadAsync(TenantId tenant, DuePage page, OutboundResponse response, long most, CancellationToken cancellation)
    {
        int status = (int)response.Status;
        switch (status)
        {
            case 304 when page.Document is not null:
                return new PageAnswer.Unchanged();
            case 404 or 410:
                return new PageAnswer.Gone(new("sources:gone", $"The page is not there: its server answers {status}."));
            case 408 or 425 or 429 or 500 or 502 or 503 or 504 or >= 520:
                return new PageAnswer.Trouble(new("sources:server-error", $"Its server answers {status}."), After(response, clock));
            case 301 or 302 or 303 or 307 or 308 when response.Headers.Location is { } location && Uri.TryCreate(response.Url, location, out var to):
                return new PageAnswer.Moved(to);
            case 401 or 403 or 407:
                return new PageAnswer.Refused(new("sources:not-public", $"The page is not public: its server answers {status}."));
            case < 200 or > 203:
                return new PageAnswer.Refused(new("sources:refused", $"Its server answers {status}."));
        }

        string? type = response.ContentHeaders.ContentType?.MediaType;
        if (type is not null && Media.Any(media => type.StartsWith(media, StringComparison.OrdinalIgnoreCase)) && type != "image/svg+xml")
        {
            return new PageAnswer.Refused(new("documents:unsupported", $"The address leads to {type}, which can't be read. AiSaas reads {DocumentFormats.Readable}."));
        }

        if (response.ContentHeaders.ContentLength > most)
        {
            return TooLarge(most);
        }

        return await StoreAsync(tenant, response, type, most, cancellation);
    }

    private async Task<PageAnswer> StoreAsync(TenantId tenant, OutboundResponse response, string? type, long most, CancellationToken cancellation)
    {
        WrittenFile written;
        await using HeadStream body = new(response.Body, options.Value.MaxLinkBytes);
        try
        {
            written = await files.WriteAsync(tenant, body, most, cancellation);
        }
        catch (BodyTooLargeException)
        {
            return TooLarge(most);
        }
        catch (TimeoutException)
        {
            return new PageAnswer.Trouble(new("sources:timeout", $"The page did not come to its end within {options.Value.Deadline.TotalSeconds:0.#} s."), null);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or InvalidDataException && !cancellation.IsCancellationRequested)
        {
            return new PageAnswer.Trouble(new("sources:broken-off", "The page broke off before its end."), null);
        }

        if (written.Id is not { } file)
        {
            return TooLarge(most);
        }

        var (name, recognition) = WebFormats.Recognize(response.Url, type, written.Head);
        if (recognition is Recognition.Refused refused)
        {
            await files.DiscardAsync(tenant, file, cancellation);
            return new PageAnswer.Refused(refused.Failure);
        }

        StoredPage stored = new(file, name, recognition.ContentType, Charset(response), written.Bytes, written.Sha256);
        return new PageAnswer.Content(
            stored, response.Url, Short(response.Headers.ETag?.ToString()), Short(response.ContentHeaders.LastModified?.ToString("R")),
            recognition.ContentType == DocumentFormats.Html ? body.Head : null, NoFollow(response));
    }

    private static PageAnswer.Refused TooLarge(long most) => new(new(
        "documents:too-large", $"The page is larger than {most / (1024.0 * 1024):0.#} MB, which is the most that one document may have."));

    private static string? Charset(OutboundResponse response) =>
        response.ContentHeaders.ContentType?.CharSet?.Trim('"', '\'', ' ') is { Length: > 0 and <= 40 } charset ? charset : null;

    // For us, or for everybody: "otherbot: nofollow" is not.
    private static bool NoFollow(OutboundResponse response) =>
        response.Headers.TryGetValues("X-Robots-Tag", out var tags) && tags.Any(tag =>
        {
            string[] parts = tag.Split(':', 2);
            return (parts.Length == 1 || parts[0].Trim().Equals(RobotsRules.Agent, StringComparison.OrdinalIgnoreCase)) && PageLinks.SaysNoFollow(parts[^1]);
        });

    private static string? Short(string? header) => header is { Length: > 0 and <= LongestHeader } && !header.Contains('\0', StringComparison.Ordinal) ? header : null;
}
