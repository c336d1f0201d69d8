using Microsoft.Net.Http.Headers;

namespace AiSaas.Web.Security;

internal static class SecurityHeaders
{
    /// <summary>Nothing inline, nothing from elsewhere. Images may be drawn from memory (blob:) for previews.</summary>
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
        + "object-src 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'";

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        // Set as the answer starts: error pages clear what was set before, and the api's own headers stay as they are.
        context.Response.OnStarting(
            static state =>
            {
                var headers = ((HttpContext)state).Response.Headers;
                headers.TryAdd(HeaderNames.ContentSecurityPolicy, Policy);
                headers.TryAdd(HeaderNames.XContentTypeOptions, "nosniff");
                headers.TryAdd("Referrer-Policy", "strict-origin-when-cross-origin");
                headers.TryAdd("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
                headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
                headers.TryAdd(HeaderNames.XFrameOptions, "SAMEORIGIN");
                headers.Remove("blazor-enhanced-nav");
                if (((HttpContext)state).Request.IsHttps)
                {
                    headers.TryAdd(HeaderNames.StrictTransportSecurity, "max-age=31536000");
                }

                if (headers.ContentType.ToString().StartsWith("text/html", StringComparison.Ordinal))
                {
                    // Pages show one visitor's things. Not no-store, which would cost going back its speed and place;
                    // signing out clears what was kept.
                    headers.TryAdd(HeaderNames.CacheControl, "private, no-cache");
                }

                return Task.CompletedTask;
            },
            context);
        return next(context);
    });
}
