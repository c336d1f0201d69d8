using AiSaas.Api.Common;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;

namespace AiSaas.Api.Identity;

/// <summary>What holds for every signed-in route: viewers change nothing, and a key reaches only what its scopes name.</summary>
internal static class AccessRules
{
    public static TBuilder RequireAccess<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization().AddEndpointFilter(CheckAsync);

    /// <summary>Lets viewers send this although it isn't a GET: asking and searching change nothing of the workspace.</summary>
    public static TBuilder AllowViewers<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new ViewersMay());

    /// <summary>For what only some of a workspace may see or do.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, Role least)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
            CurrentUser.From(context.HttpContext.User) is { } caller && caller.IsAtLeast(least)
                ? await next(context)
                : Problems.Forbidden("auth:role", $"Your role in this workspace doesn't allow that; it takes {least.Name()} or above."));

    private static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        bool reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (CurrentUser.From(http.User) is not { } caller)
        {
            return Problems.Of(StatusCodes.Status401Unauthorized, "auth:required", "Sign in first.", "Sign in first");
        }

        if (caller.Role == Role.Viewer && !reads && http.GetEndpoint()?.Metadata.GetMetadata<ViewersMay>() is null)
        {
            return Problems.Forbidden("auth:read-only", "Viewers read and ask. A member or an admin can make changes.");
        }

        string[] scopes = [.. http.User.FindAll(Claims.Scope).Select(claim => claim.Value)];
        return caller.Key is not null && !Scopes.Allow(scopes, http.Request.Path, reads)
            ? Problems.Forbidden("auth:scope", $"This key has the scopes {string.Join(", ", scopes)}, which don't reach {http.Request.Method} {http.Request.Path}.")
            : await next(context);
    }

    private sealed class ViewersMay;
}
