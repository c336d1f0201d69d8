using System.Diagnostics;
using AiSaas.Web.Api;
using Microsoft.AspNetCore.Diagnostics;

namespace AiSaas.Web.Security;

/// <summary>Failures as pages that help: not found, away, broken; and a refused visitor is asked to sign in.</summary>
internal sealed partial class ErrorPages(ILogger<ErrorPages> logger) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        int status = exception is ApiRefusedException { Problem.Status: { } refused } ? refused : StatusCodes.Status500InternalServerError;
        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Redirect(LocalUrl.SignInFor(context.Request));
            return ValueTask.FromResult(true);
        }

        if (status >= StatusCodes.Status500InternalServerError)
        {
            Log.Failed(logger, context.Request.Path, exception);
        }

        // An empty answer with a status: UseStatusCodePages draws its page.
        context.Response.StatusCode = status;
        return ValueTask.FromResult(true);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The page {Path} failed")]
        public static partial void Failed(ILogger logger, string path, Exception fault);
    }
}

internal static class ErrorPageServices
{
    public static void AddErrorPages(this IServiceCollection services) => services.AddExceptionHandler<ErrorPages>();

    public static void UseErrorPages(this IApplicationBuilder app)
    {
        // Its own scope: the services of a page that broke half-way are not fit for another one.
        app.UseStatusCodePagesWithReExecute("/errors/{0}", queryFormat: null, createScopeForStatusCodePages: true);
        app.Use(static (context, next) =>
        {
            if (context.Features.Get<IStatusCodeReExecuteFeature>() is not null)
            {
                // The page that explains a refused post is not itself posted to.
                context.Request.Method = HttpMethods.Get;
            }

            return next(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            // Every exception is handled above; this is what the middleware demands beside it.
            ExceptionHandler = static _ => throw new UnreachableException(),
            SuppressDiagnosticsCallback = static context => context.Exception is ApiRefusedException,
        });
    }
}
