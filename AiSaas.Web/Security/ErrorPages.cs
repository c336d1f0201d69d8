using AiSaas.Web.Api;
using Microsoft.AspNetCore.Diagnostics;

namespace AiSaas.Web.Security;

/// <summary>Failures as pages that help: not found, away, broken; and a refused visitor is asked to sign in.</summary>
/// <remarks>Not an <c>IExceptionHandler</c>: those of the service defaults answer programs, with problem details.</remarks>
internal sealed partial class ErrorPages(RequestDelegate next, ILogger<ErrorPages> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Clear();
            Answer(context, fault);
        }
    }

    // An answer without a body: UseStatusCodePages draws the page that belongs to its status.
    private void Answer(HttpContext context, Exception fault)
    {
        int status = fault switch
        {
            ApiRefusedException { Problem.Status: { } refused } => refused,
            BadHttpRequestException bad => bad.StatusCode,
            _ => StatusCodes.Status500InternalServerError,
        };
        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Redirect(LocalUrl.SignInFor(context.Request));
            return;
        }

        if (fault is ApiRefusedException)
        {
            Log.Refused(logger, context.Request.Path, status, fault.Message);
        }
        else
        {
            Log.Failed(logger, context.Request.Path, fault);
        }

        context.Response.StatusCode = status;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The page {Path} failed")]
        public static partial void Failed(ILogger logger, string path, Exception fault);

        [LoggerMessage(2, LogLevel.Information, "The page {Path} was answered with {Status}: {Reason}")]
        public static partial void Refused(ILogger logger, string path, int status, string reason);
    }
}

internal static class ErrorPageServices
{
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
        app.UseMiddleware<ErrorPages>();
    }
}
