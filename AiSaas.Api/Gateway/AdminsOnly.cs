using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Core.Gateway.Live;
using AiSaas.Core.Tenancy;

namespace AiSaas.Api.Gateway;

/// <summary>What only a workspace's admins and owners may see and change.</summary>
internal static class AdminsOnly
{
    public static TBuilder RequireAdmin<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
            CurrentUser.From(context.HttpContext.User) is { } caller && caller.IsAtLeast(Role.Admin)
                ? await next(context)
                : Problems.Forbidden("gateway:admins-only", "The gateway's settings are for admins and owners of the workspace."));

    /// <summary>What concerns all workspaces is for the operators' alone, where these are named.</summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
            CurrentUser.From(context.HttpContext.User) is { } caller
            && context.HttpContext.RequestServices.GetRequiredService<Operators>().Include(caller.Tenant)
                ? await next(context)
                : Problems.Forbidden("gateway:operators-only", "This shows all workspaces together; it is for those who run the service."));
}
