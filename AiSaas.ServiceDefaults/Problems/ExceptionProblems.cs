using System.Data.Common;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;

namespace AiSaas.ServiceDefaults.Problems;

/// <summary>What an exception that reached the top means to a program that called. Its own words stay in the log.</summary>
internal sealed partial class ExceptionProblems(IProblemDetailsService problems, ILogger<ExceptionProblems> logger) : IExceptionHandler
{
    // Nobody reads this answer; the number is for the access log.
    private const int ClientClosedRequest = 499;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = ClientClosedRequest;
            return true;
        }

        if (AsksForPage(httpContext.Request))
        {
            return false;
        }

        var (status, detail) = Describe(exception);
        if (status >= 500)
        {
            Log.Failed(logger, httpContext.Request.Method, httpContext.Request.Path, status, exception);
        }

        httpContext.Response.StatusCode = status;
        ProblemDetails problem = new() { Status = status, Detail = detail };
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = problem });
    }

    // Browsers that navigate say text/html; programs don't.
    private static bool AsksForPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static (int Status, string Detail) Describe(Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException json } bad =>
            (bad.StatusCode, $"The JSON body can't be read at {json.Path ?? "$"}, line {json.LineNumber + 1}."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            (StatusCodes.Status413PayloadTooLarge, "The request's body is larger than this address accepts."),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } =>
            (StatusCodes.Status415UnsupportedMediaType, "The request's content type isn't accepted here."),
        BadHttpRequestException bad => (bad.StatusCode, "The request can't be read: a value is missing or has the wrong form."),
        _ when IsHalfCharacter(exception) =>
            (StatusCodes.Status400BadRequest, "The JSON body holds a text that isn't Unicode: half of a surrogate pair."),
        _ when IsUnstorable(exception) => (StatusCodes.Status400BadRequest, "A text in the request holds a character that can't be kept, such as U+0000."),
        _ when IsDatabaseAway(exception) => (StatusCodes.Status503ServiceUnavailable, "The database can't be reached at the moment. Try again shortly."),
        HttpRequestException => (StatusCodes.Status502BadGateway, "A service that this request needs failed. Try again shortly."),
        TimeoutException => (StatusCodes.Status504GatewayTimeout, "A service that this request needs took too long. Try again shortly."),
        _ => (StatusCodes.Status500InternalServerError, "Something went wrong on our side. Quote the trace id when you report it."),
    };

    // Half of a surrogate pair: JSON can name it, no text can hold it. The reader marks this so for whoever makes a JsonException of it.
    private static bool IsHalfCharacter(Exception exception) =>
        exception is InvalidOperationException { Source: "System.Text.Json.Rethrowable" } or JsonException { InnerException: InvalidOperationException };

    // Postgres' words for what no text of it can hold: not in its encoding, or an escape in JSON that has no character.
    private static bool IsUnstorable(Exception? exception) =>
        exception is not null && (exception is DbException { SqlState: "22021" or "22P05" } || IsUnstorable(exception.InnerException));

    // Also inside others: Entity Framework wraps what it takes for passing. 57P is a server that goes or comes, 08 a connection that broke,
    // 25P03 a transaction that stood still for so long that the server ended it: this process was starved or frozen.
    private static bool IsDatabaseAway(Exception? exception) => exception switch
    {
        null => false,
        DbException { IsTransient: true } => true,
        DbException { SqlState: { } state } when state is "25P03" || state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal) => true,
        _ => IsDatabaseAway(exception.InnerException),
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed and was answered with {Status}")]
        public static partial void Failed(ILogger logger, string method, string path, int status, Exception exception);
    }
}
