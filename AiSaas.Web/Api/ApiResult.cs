using System.Diagnostics.CodeAnalysis;
using AiSaas.Contracts.Common;

namespace AiSaas.Web.Api;

/// <summary>What the api answered: a value, or a refusal in words.</summary>
internal sealed record ApiResult<T>(T? Value, Problem? Problem)
    where T : class
{
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool Ok => Problem is null;

    /// <summary>For what a page cannot be drawn without: the refusal then becomes the page (sign in, not found, away).</summary>
    public T OrErrorPage() => Ok ? Value : throw new ApiRefusedException(Problem);
}

/// <summary>A refusal that nobody on the page could answer; <see cref="Security.ErrorPages"/> turns it into a page.</summary>
internal sealed class ApiRefusedException(Problem problem) : Exception(problem.Detail ?? problem.Title)
{
    public Problem Problem => problem;
}
