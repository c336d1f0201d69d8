using System.Globalization;
using AiSaas.Contracts.Chat;

namespace AiSaas.Web.Components.Chat;

/// <summary>What an answer's stage line says once it is settled.</summary>
internal static class AnswerWords
{
    public static bool IsRunning(this Message message) => message.Status is "queued" or "streaming";

    private static string Done(Message message) => message switch
    {
        { Status: "stopped" } => "Stopped",
        { Status: "failed" } => "Failed",
        { Answered: false } => "No answer found",
        _ => "Answered",
    };

    /// <summary>"Answered in 1.9 s · gpt-5-mini · $0.0004".</summary>
    public static string Summary(Message message)
    {
        string done = Done(message);
        string time = message.Timings is { } timings
            ? $"{done} {(message.Status == "complete" ? "in" : "after")} {Duration(timings.TotalMs)}"
            : done;
        return string.Join(" · ", new[] { time, message.Model, Cost(message.Cost) }.Where(word => !string.IsNullOrEmpty(word)));
    }

    public static string Duration(double milliseconds) => milliseconds < 1000
        ? FormattableString.Invariant($"{milliseconds:0} ms")
        : FormattableString.Invariant($"{milliseconds / 1000:0.0} s");

    /// <summary>Two significant digits below a cent, cents above; empty where no price is known.</summary>
    public static string Cost(string? usd)
    {
        if (!decimal.TryParse(usd, NumberStyles.Number, CultureInfo.InvariantCulture, out decimal cost))
        {
            return "";
        }

        return cost switch
        {
            0 => "no cost",
            < 0.0001m => "under $0.0001",
            < 0.01m => string.Create(CultureInfo.InvariantCulture, $"${cost:0.0000}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"${cost:0.00}"),
        };
    }

    public static string Outcome(ModelAttempt attempt) => attempt.Outcome switch
    {
        "ok" => "answered",
        "rate-limited" => "refused: too many requests",
        "server-error" => "failed on its side",
        "timeout" => "took too long",
        "canceled" => "stopped",
        var other => other.Replace('-', ' '),
    };

    public static string Tokens(AnswerUsage usage) => string.Create(
        CultureInfo.InvariantCulture,
        $"{usage.InputTokens:N0} in, {usage.OutputTokens:N0} out{(usage.Estimated ? " (counted here)" : "")}");

    /// <summary>What a page without scripts says of an answer that is being written.</summary>
    public static string Waiting(Message message) =>
        message.Status == "queued" ? "Waiting for a free worker" : "The answer is being written";
}
