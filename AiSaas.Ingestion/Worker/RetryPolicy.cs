using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Worker;

/// <summary>How long to wait before the next attempt: doubling from a first pause to a longest one, each by error class.</summary>
internal static class RetryPolicy
{
    /// <param name="attempt">The one that failed; 1 for the first.</param>
    /// <param name="after">What the other side asked for; never undercut.</param>
    /// <param name="spread">0 to 1: half of the pause is certain, half random, so that what failed together isn't tried together.</param>
    public static TimeSpan Pause(ErrorClass error, int attempt, TimeSpan? after, double spread)
    {
        var (first, longest) = error switch
        {
            ErrorClass.Transient => (TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30)),
            ErrorClass.RateLimited => (TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)),
            ErrorClass.Unavailable => (TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(2)),
            ErrorClass.Unexpected => (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
            _ => throw new ArgumentOutOfRangeException(nameof(error)),
        };
        double doubled = first.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 20));
        var pause = TimeSpan.FromSeconds(Math.Min(doubled, longest.TotalSeconds) * (0.5 + (spread / 2)));
        return after > pause ? after.Value : pause;
    }

    /// <summary>Whether an exception that no handler foresaw is at least of a known sort.</summary>
    public static ErrorClass Classify(Exception failure) => failure switch
    {
        Npgsql.NpgsqlException { IsTransient: true } or Npgsql.PostgresException { SqlState: "25P03" } => ErrorClass.Transient,
        Core.Redis.RedisUnavailableException or TimeoutException or OperationCanceledException => ErrorClass.Transient,
        HttpRequestException or IOException => ErrorClass.Unavailable,
        _ => ErrorClass.Unexpected,
    };
}
