using System.Globalization;
using System.Security.Claims;
using AiSaas.Core.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace AiSaas.Api.Identity;

/// <summary>Cookies for browsers, keys for programs; what is refused is refused in problem details, never by a redirect.</summary>
internal static class AuthenticationSetup
{
    private const string Either = "KeyOrCookie";

    public const string Cookie = CookieAuthenticationDefaults.AuthenticationScheme;

    public static IServiceCollection AddAiSaasAuthentication(this IServiceCollection services)
    {
        services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, options => options.ForwardDefaultSelector =
                context => ApiKeyAuthentication.Brings(context.Request) ? ApiKeyAuthentication.SchemeName : Cookie)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null)
            .AddCookie(Cookie, ConfigureCookie);
        services.AddAuthorization();
        services.AddSingleton<Microsoft.AspNetCore.Authorization.IAuthorizationMiddlewareResultHandler, RefusalsAsProblems>();
        return services;
    }

    private static void ConfigureCookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "aisaas-session";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = TimeSpan.FromDays(14);
        options.SlidingExpiration = true;
        options.Events.OnValidatePrincipal = StillMemberAsync;
    }

    // A cookie holds for as long as its person is a member and hasn't changed the password since.
    private static async Task StillMemberAsync(CookieValidatePrincipalContext context)
    {
        var directory = context.HttpContext.RequestServices.GetRequiredService<MembershipDirectory>();
        var principal = context.Principal!;
        if (UserId.TryParse(principal.FindFirstValue(Claims.User), CultureInfo.InvariantCulture, out var user))
        {
            var memberships = await directory.OfAsync(user, context.HttpContext.RequestAborted);
            if (memberships.FirstOrDefault(place => place.Tenant.ToString() == principal.FindFirstValue(Claims.Tenant)) is { } membership
                && (membership.SecurityStamp ?? "") == principal.FindFirstValue(Claims.Stamp))
            {
                // The role as it is now, not as it was when the cookie was written.
                context.ReplacePrincipal(Claims.Person(Cookie, user, membership));
                return;
            }
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Cookie);
    }
}
