using AiSaas.Api.Common;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace AiSaas.Api.Identity;

/// <summary>Answers 401 and 403 with problem details instead of a redirect to a page that this process doesn't have.</summary>
internal sealed class RefusalsAsProblems : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
        }
        else if (authorizeResult.Challenged)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            string detail = ApiKeyAuthentication.Brings(context.Request)
                ? "The key is unknown, revoked or expired. Make one under Keys."
                : "Sign in, or send Authorization: Bearer with a key.";
            await Problems.Of(StatusCodes.Status401Unauthorized, "auth:required", detail, "Sign in first").ExecuteAsync(context);
        }
        else
        {
            await Problems.Forbidden("auth:forbidden", "Your role in this workspace doesn't allow that.").ExecuteAsync(context);
        }
    }
}
