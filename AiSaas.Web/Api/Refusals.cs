using AiSaas.Contracts.Common;

namespace AiSaas.Web.Api;

/// <summary>Refusals that the front end has to put into words itself.</summary>
internal static class Refusals
{
    public static readonly Problem ApiAway = new(
        null, "The service is away", StatusCodes.Status503ServiceUnavailable,
        "The service behind this page does not answer at the moment. It may be restarting: try again in a few seconds.",
        "web:api-away", null);

    public static readonly Problem ApiSilent = ApiAway with
    {
        Title = "The service took too long",
        Status = StatusCodes.Status504GatewayTimeout,
        Code = "web:api-timeout",
    };

    public static Problem Plain(int status) => new(
        null, null, status, $"The service refused this (status {status}) without saying why.", "web:unexplained", null);

    /// <summary>What to show beside a form: the words, and those of each field that has some.</summary>
    public static string Words(this Problem problem) =>
        problem.Detail ?? problem.Title ?? Plain(problem.Status ?? 0).Detail!;

    /// <summary>The words about one field, whatever the case of its name.</summary>
    public static string? WordsFor(this Problem? problem, string field) =>
        problem?.Errors?.FirstOrDefault(error => error.Key.Equals(field, StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault();
}
