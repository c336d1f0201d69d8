using AiSaas.Contracts.Identity;
using AiSaas.Web.Api;
using AiSaas.Web.Security;

namespace AiSaas.Web.Visitors;

/// <summary>Forms of the frame, on every page: theme, bar, workspace, sign out.</summary>
internal static class VisitorForms
{
    public static void MapVisitorForms(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/preferences", PreferAsync);
        routes.MapPost("/workspace", SwitchAsync);
        routes.MapPost("/logout", SignOutAsync);
    }

    private static async Task PreferAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form[Preferences.ThemeCookie].ToString() is "system" or "light" or "dark")
        {
            Preferences.Keep(context.Response, Preferences.ThemeCookie, form[Preferences.ThemeCookie]!);
        }

        if (form[Preferences.NavCookie].ToString() is "collapsed" or "open")
        {
            Preferences.Keep(context.Response, Preferences.NavCookie, form[Preferences.NavCookie]!);
        }

        Back(context, form["returnUrl"]);
    }

    private static async Task SwitchAsync(HttpContext context, ApiClient api)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (!Guid.TryParse(form["tenantId"], out var tenant))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var answer = await api.PostAsync<SwitchTenantRequest, Nothing>(
            "/api/auth/tenant", new SwitchTenantRequest(tenant), context.RequestAborted);
        _ = answer.OrErrorPage();
        Back(context, "/chat");
    }

    private static async Task SignOutAsync(HttpContext context, ApiClient api)
    {
        var answer = await api.SendAsync<Nothing>(HttpMethod.Post, "/api/auth/logout", null, context.RequestAborted);
        if (answer.Problem is { Status: not StatusCodes.Status401Unauthorized } problem)
        {
            // Saying "signed out" while the session lives on would be a lie.
            throw new ApiRefusedException(problem);
        }

        context.Response.Headers["Clear-Site-Data"] = "\"cache\"";
        Back(context, "/");
    }

    private static void Back(HttpContext context, string? url)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = LocalUrl.IsLocal(url) ? url : "/";
    }
}
