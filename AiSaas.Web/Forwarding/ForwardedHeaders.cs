using System.Collections.Frozen;
using System.Diagnostics;
using AiSaas.Web.Security;
using Microsoft.Net.Http.Headers;

namespace AiSaas.Web.Forwarding;

/// <summary>Which headers cross, and which belong to one hop only (RFC 9110, 7.6.1).</summary>
internal static class ForwardedHeaders
{
    private static readonly FrozenSet<string> OneHop = FrozenSet.ToFrozenSet(
        [
            HeaderNames.Connection, "Keep-Alive", HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization, "Proxy-Connection",
            HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade, "HTTP2-Settings", "Alt-Svc",
        ],
        StringComparer.OrdinalIgnoreCase);

    // Written anew below, or by the handler: the trace goes on from our span, not from the caller's.
    private static readonly FrozenSet<string> Ours = FrozenSet.ToFrozenSet(
        [
            HeaderNames.Host, HeaderNames.Expect, "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
            HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage, HeaderNames.RequestId,
        ],
        StringComparer.OrdinalIgnoreCase);

    public static void CopyTo(HttpRequest request, HttpRequestMessage upstream)
    {
        var named = NamedByConnection(request.Headers.Connection);
        foreach (var (name, values) in request.Headers)
        {
            if (OneHop.Contains(name) || Ours.Contains(name) || named.Contains(name) || name.StartsWith(':'))
            {
                continue;
            }

            if (!upstream.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                upstream.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        if (Activity.Current is null && request.Headers.TraceParent is { Count: > 0 } parent)
        {
            upstream.Headers.TryAddWithoutValidation(HeaderNames.TraceParent, parent.ToString());
        }

        if (request.HttpContext.Connection.RemoteIpAddress is { } address)
        {
            upstream.Headers.TryAddWithoutValidation("X-Forwarded-For", address.ToString());
        }

        upstream.Headers.TryAddWithoutValidation("X-Forwarded-Proto", request.Scheme);
        upstream.Headers.TryAddWithoutValidation("X-Forwarded-Host", request.Host.Value);
        if (!upstream.Headers.Contains(FetchMetadata.SiteHeader) && request.Headers.Origin.Count > 0)
        {
            // The api can't compare Origin with a Host that it never saw. We could, and did: UseFetchMetadata.
            upstream.Headers.TryAddWithoutValidation(
                FetchMetadata.SiteHeader, FetchMetadata.IsOwnOrigin(request) ? "same-origin" : "cross-site");
        }
    }

    public static void CopyTo(HttpResponseMessage upstream, HttpResponse response)
    {
        var named = NamedByConnection(string.Join(',', upstream.Headers.Connection));
        Copy(upstream.Headers.NonValidated);
        Copy(upstream.Content.Headers.NonValidated);

        void Copy(System.Net.Http.Headers.HttpHeadersNonValidated headers)
        {
            foreach (var (name, values) in headers)
            {
                if (!OneHop.Contains(name) && !named.Contains(name))
                {
                    response.Headers.Append(name, values.ToArray());
                }
            }
        }
    }

    private static HashSet<string> NamedByConnection(string? connection) =>
        string.IsNullOrEmpty(connection)
            ? []
            : new(connection.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);
}
