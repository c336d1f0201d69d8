using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Common;

/// <summary>Refusals as problem details with a stable code, <c>feature:reason</c>. The detail is for people and may change.</summary>
internal static class Problems
{
    public static ProblemHttpResult Invalid(string code, string detail) => Of(StatusCodes.Status400BadRequest, code, detail, "That can't be done as asked");

    public static ProblemHttpResult NotFound(string code, string detail) => Of(StatusCodes.Status404NotFound, code, detail, "Not found");

    public static ProblemHttpResult Conflict(string code, string detail) => Of(StatusCodes.Status409Conflict, code, detail, "Conflict");

    public static ProblemHttpResult Forbidden(string code, string detail) => Of(StatusCodes.Status403Forbidden, code, detail, "Not allowed");

    public static ProblemHttpResult Of(int status, string code, string detail, string title) =>
        TypedResults.Problem(detail, statusCode: status, title: title, extensions: [new("code", code)]);
}
