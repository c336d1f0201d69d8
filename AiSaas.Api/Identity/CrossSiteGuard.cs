using AiSaas.Api.Common;
using Microsoft.Net.Http.Headers;

namespace AiSaas.Api.Identity;

/// <summary>Refuses what another site makes a signed-in browser send.</summary>
/// <remarks>Browsers say where a request comes from (<c>Sec-Fetch-Site</c>, <c>Origin</c>) and pages can't forge it; programs
/// send neither and don't hold a victim's cookie. So no token travels, and any replica can decide.
/// See docs/adr/2026-11-21-csrf-by-fetch-metadata.md.</remarks>
internal static class CrossSiteGuard
{
    public static IApplicationBuilder UseCrossSiteGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        if (IsSafe(request.Method) || ApiKeyAuthentication.Brings(request) || IsOurs(request))
        {
            await next(context);
            return;
        }

        await Problems.Forbidden("auth:cross-site", "Another site sent this request. Open the product itself and try again.").ExecuteAsync(context);
    });

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsOurs(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
        {
            return site is "same-origin" or "none";
        }

        string origin = request.Headers[HeaderNames.Origin].ToString();
        if (origin.Length == 0)
        {
            return true;
        }

        // Behind the web front end the browser's host arrives as X-Forwarded-Host.
        string forwarded = request.Headers["X-Forwarded-Host"].ToString();
        return Uri.TryCreate(origin, UriKind.Absolute, out var from)
            && (from.Authority == request.Host.Value || (forwarded.Length > 0 && from.Authority == forwarded));
    }
}
