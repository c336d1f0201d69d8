namespace AiSaas.Llm.Keys;

/// <summary>What a provider says is left of one of its limits. Written and read without locks: a torn reading costs a worse choice, once.</summary>
internal sealed class Allowance(TimeProvider clock)
{
    /// <summary>Most limits are per minute; some providers don't say when theirs begin anew.</summary>
    private static readonly TimeSpan UsualWindow = TimeSpan.FromMinutes(1);

    private const long Unknown = -1;

    private long _left = Unknown;
    private long _limit = Unknown;
    private long _toldAt;
    private long _fullAt;

    public long? Left => Volatile.Read(ref _left) is >= 0 and var left ? left : null;

    public long? Limit => Volatile.Read(ref _limit) is > 0 and var limit ? limit : null;

    /// <summary>Nothing is left, as the provider said last.</summary>
    public bool IsSpent => Volatile.Read(ref _left) == 0;

    public void Told(long left, long? limit, TimeSpan? fullIn)
    {
        long now = clock.GetTimestamp();
        Volatile.Write(ref _limit, Math.Max(limit ?? Volatile.Read(ref _limit), left));
        Volatile.Write(ref _toldAt, now);
        Volatile.Write(ref _fullAt, now + Ticks(fullIn ?? UsualWindow));
        Volatile.Write(ref _left, Math.Max(0, left));
    }

    /// <summary>Counts a call that the provider has not answered yet, so that a burst does not all go to one key.</summary>
    public void TakeOne()
    {
        if (Volatile.Read(ref _left) is > 0 and var left)
        {
            Interlocked.CompareExchange(ref _left, left - 1, left);
        }
    }

    /// <summary>From 0 (spent) to 1 (full or unknown). It grows evenly from what was told until it is full again.</summary>
    public double ShareAt(long now)
    {
        long left = Volatile.Read(ref _left);
        long limit = Volatile.Read(ref _limit);
        long fullAt = Volatile.Read(ref _fullAt);
        long toldAt = Volatile.Read(ref _toldAt);
        if (left < 0 || limit <= 0 || now >= fullAt || fullAt <= toldAt)
        {
            return 1;
        }

        double told = Math.Min(1, (double)left / limit);
        return told + ((1 - told) * Math.Clamp((now - toldAt) / (double)(fullAt - toldAt), 0, 1));
    }

    public TimeSpan? FullIn()
    {
        long now = clock.GetTimestamp();
        long fullAt = Volatile.Read(ref _fullAt);
        return Left is not null && fullAt > now ? clock.GetElapsedTime(now, fullAt) : null;
    }

    private long Ticks(TimeSpan span) => (long)(Math.Clamp(span.TotalSeconds, 0, 86_400) * clock.TimestampFrequency);
}
