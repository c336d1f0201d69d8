namespace AiSaas.Core.Webhooks;

/// <summary>When a failed delivery is tried again, and when its endpoint is left alone. Pure: time and chance come from outside.</summary>
internal static class DeliverySchedule
{
    private static readonly TimeSpan LongestWish = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <param name="delays">The pauses between attempts.</param>
    /// <param name="attempt">The one that failed; 1 for the first.</param>
    /// <param name="after">What the receiver asked for; never undercut, up to a day.</param>
    /// <param name="spread">0 to 1: what failed together isn't tried together.</param>
    /// <returns>Null when there is no further attempt.</returns>
    public static TimeSpan? Next(IReadOnlyList<TimeSpan> delays, int attempt, TimeSpan? after, double spread)
    {
        if (attempt > delays.Count)
        {
            return null;
        }

        var pause = delays[attempt - 1] * (0.8 + (spread * 0.4));
        return Wish(after) is { } wish && wish > pause ? wish : pause;
    }

    /// <summary>For the whole endpoint: what it asked for itself, or, when it doesn't even answer, the longer the longer it is away.</summary>
    /// <param name="after">From 429 or 503.</param>
    /// <param name="isSilent">There was no answer at all.</param>
    /// <param name="failingFor">Since its first failure after a success.</param>
    public static TimeSpan? Pause(TimeSpan? after, bool isSilent, TimeSpan failingFor) =>
        Wish(after) ?? (isSilent && failingFor > TimeSpan.FromSeconds(10)
            ? (failingFor / 10 < LongestPause ? failingFor / 10 : LongestPause)
            : null);

    private static TimeSpan? Wish(TimeSpan? after) =>
        after is not { } asked || asked <= TimeSpan.Zero ? null : asked < LongestWish ? asked : LongestWish;
}
