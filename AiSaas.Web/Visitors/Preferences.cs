namespace AiSaas.Web.Visitors;

/// <summary>What a visitor set for this browser. Kept in cookies, so that the first byte of a page already obeys.</summary>
internal static class Preferences
{
    public const string ThemeCookie = "theme";
    public const string NavCookie = "nav";

    public static string Theme(HttpRequest? request) =>
        request?.Cookies[ThemeCookie] is "light" or "dark" ? request.Cookies[ThemeCookie]! : "system";

    public static bool NavCollapsed(HttpRequest? request) => request?.Cookies[NavCookie] == "collapsed";

    public static bool HasOtherCookies(HttpRequest request) =>
        request.Cookies.Any(static cookie => cookie.Key is not (ThemeCookie or NavCookie));

    /// <summary>Readable for scripts, which set them without a request.</summary>
    public static void Keep(HttpResponse response, string name, string value) => response.Cookies.Append(name, value, new CookieOptions
    {
        Path = "/",
        MaxAge = TimeSpan.FromDays(365),
        SameSite = SameSiteMode.Lax,
        Secure = response.HttpContext.Request.IsHttps,
        IsEssential = true,
    });
}
