namespace AiSaas.Api.Gateway;

/// <summary>Counts who watches the live figures: each costs a little every second.</summary>
internal sealed class LiveWatchers
{
    public const int Most = 64;

    /// <summary>Then the stream ends; who still watches comes back by itself.</summary>
    public const int LongestWatchSeconds = 900;

    private int _seated;

    /// <summary>Null when all seats are taken.</summary>
    public Seat? Enter()
    {
        if (Interlocked.Increment(ref _seated) <= Most)
        {
            return new(this);
        }

        Interlocked.Decrement(ref _seated);
        return null;
    }

    public sealed class Seat(LiveWatchers watchers) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Decrement(ref watchers._seated);
            }
        }
    }
}
