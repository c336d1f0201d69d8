using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;

namespace AiSaas.Web.Security;

/// <summary>Addresses to return to: of this site, or none.</summary>
internal static class LocalUrl
{
    /// <summary>A path on this host: begins with one slash, no second slash or backslash behind it, no control characters.</summary>
    public static bool IsLocal([NotNullWhen(true)] string? url) =>
        url is ['/', ..] && url is not ['/', '/' or '\\', ..] && !url.AsSpan().ContainsAnyInRange('\0', ' ') && !url.Contains('\\');

    public static string OrChat(string? url) => IsLocal(url) ? url : "/chat";

    public static string SignInFor(HttpRequest request)
    {
        string wanted = HttpMethods.IsGet(request.Method) ? request.PathBase + request.Path + request.QueryString : "/chat";
        return $"/login?returnUrl={UrlEncoder.Default.Encode(wanted)}";
    }
}
