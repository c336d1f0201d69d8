using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Net.Http.Headers;

namespace AiSaas.Web.Security;

/// <summary>Keeps other sites from acting in a visitor's name: by what browsers say of a request's origin, not by tokens.</summary>
/// <remarks>docs/adr/2026-11-21-csrf-by-fetch-metadata.md</remarks>
internal static class FetchMetadata
{
    public const string SiteHeader = "Sec-Fetch-Site";

    public static void UseFetchMetadata(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        bool trusted = MayAct(context.Request);
        // Razor components ask this feature before they handle a form.
        context.Features.Set<IAntiforgeryValidationFeature>(new Verdict(trusted));
        return trusted ? next(context) : RefuseAsync(context);
    });

    /// <summary>Safe methods, requests without a cookie, and those that come from our own pages or from no page at all.</summary>
    public static bool MayAct(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
            || request.Headers.Cookie.Count == 0)
        {
            return true;
        }

        return request.Headers[SiteHeader] is { Count: > 0 } site
            ? site == "same-origin" || site == "none"
            // Browsers leave Sec-Fetch-Site out on plain http to other hosts than localhost; they still send Origin.
            : request.Headers.Origin.Count == 0 || IsOwnOrigin(request);
    }

    public static bool IsOwnOrigin(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin)
        && origin.Authority.Equals(Plain(request.Host), StringComparison.OrdinalIgnoreCase);

    // Uri.Authority leaves the scheme's own port out; so must we.
    private static string Plain(HostString host) => host.Port is 80 or 443 ? host.Host : host.Value ?? "";

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.Headers[HeaderNames.CacheControl] = "no-store";
        Problem problem = new(
            null, "Refused: sent from another site", StatusCodes.Status403Forbidden,
            "This request came from another site while you are signed in here, so nothing was done. Open this site itself and try again.",
            "web:cross-site", context.TraceIdentifier);
        return context.Response.WriteAsJsonAsync(
            problem, ContractsJson.Default.Problem, "application/problem+json", context.RequestAborted);
    }

    private sealed record Verdict(bool IsValid) : IAntiforgeryValidationFeature
    {
        public Exception? Error => null;
    }
}
