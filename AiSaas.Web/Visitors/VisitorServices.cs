using AiSaas.Web.Api;
using AiSaas.Web.Security;
using Microsoft.AspNetCore.Components.Endpoints;

namespace AiSaas.Web.Visitors;

internal static class VisitorServices
{
    public static void AddVisitors(this IServiceCollection services) => services.AddScoped<Visitor>();

    /// <summary>Knows who looks before a page is drawn, and sends those who must sign in to do so.</summary>
    public static void UseVisitors(this IApplicationBuilder app) => app.Use(static async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata is not { } page || page.GetMetadata<ComponentTypeMetadata>() is null)
        {
            await next(context);
            return;
        }

        var visitor = context.RequestServices.GetRequiredService<Visitor>();
        bool everybody = page.GetMetadata<PublicPageAttribute>() is not null;
        var answer = await visitor.IdentifyAsync(context.RequestAborted);
        if (everybody || visitor.Me is not null)
        {
            await next(context);
        }
        else if (answer?.Problem is { } problem && problem.Status != StatusCodes.Status401Unauthorized)
        {
            throw new ApiRefusedException(problem);
        }
        else
        {
            context.Response.Redirect(LocalUrl.SignInFor(context.Request));
        }
    });
}
