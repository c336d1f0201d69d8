using AiSaas.Llm.Routing;

namespace AiSaas.Llm.Keys;

/// <summary>Why a key is not used.</summary>
/// <param name="Until">On the clock's own scale.</param>
/// <param name="Strikes">How often in a row it was refused.</param>
/// <param name="IsTried">One call is finding out whether it works again; the others wait until <paramref name="Until"/>.</param>
internal sealed record KeyTrouble(KeyCondition Condition, string Reason, long Until, DateTimeOffset UntilTime, int Strikes, bool IsTried);

/// <summary>One key of a pool with all that is known about it.</summary>
/// <remarks>
/// <code>
/// ready ──429──▶ cooling ──Until──▶ ready
/// ready ──401──▶ disabled ──Until──▶ tried by one call ──success──▶ ready
///                   ▲───────────────────refused───────┘   (the wait doubles)
/// </code>
/// A ready key has no <see cref="KeyTrouble"/>: the hot path reads one field or two. Providers limit each model by itself but refuse a
/// key as a whole, so a key has a slot for each model it is used with, and above these one that knows whether it is refused.
/// </remarks>
/// <param name="parent">The key's own slot; null if this is it.</param>
internal sealed class KeySlot(ProviderKey key, TimeProvider clock, KeySlot? parent = null)
{
    private static readonly TimeSpan FirstBan = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestBan = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan UsualCooling = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ShortestCooling = TimeSpan.FromMilliseconds(100);

    /// <summary>How long one call may take to find out; then another may.</summary>
    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(10);

    private KeyTrouble? _trouble;
    private volatile bool _used;

    public ProviderKey Key { get; } = key;

    public Allowance Requests { get; } = new(clock);

    public Allowance Tokens { get; } = new(clock);

    public KeyTrouble? Trouble => parent?.Trouble ?? Volatile.Read(ref _trouble);

    public ProviderKey Use()
    {
        if (parent is not null)
        {
            return parent.Use();
        }

        // Written only when it changes: the line stays in every processor's cache.
        if (!_used)
        {
            _used = true;
        }

        return Key;
    }

    public bool TakeUsed() => _used && !(_used = false);

    public double ShareAt(long now) => Math.Min(Requests.ShareAt(now), Tokens.ShareAt(now));

    /// <summary>Whether a call may use it now.</summary>
    public bool IsReadyAt(long now) => Trouble is not { } trouble || (trouble.Condition == KeyCondition.Cooling && now >= trouble.Until);

    /// <summary>Whether its ban is over, so that one call may try it.</summary>
    public bool IsDueAt(long now) => Trouble is { Condition: KeyCondition.Disabled } trouble && now >= trouble.Until;

    /// <summary>Takes the key out for a trial; false if another call was faster.</summary>
    public bool Try(long now) => parent is not null ? parent.Try(now) :
        Trouble is { Condition: KeyCondition.Disabled } trouble && now >= trouble.Until
        && Interlocked.CompareExchange(ref _trouble, trouble with { IsTried = true, Until = now + Ticks(Trial), UntilTime = clock.GetUtcNow() + Trial }, trouble) == trouble;

    /// <returns>What the key has come to; null if nothing changed.</returns>
    public KeyTrouble? Failed(ModelFailure failure)
    {
        bool refused = failure.Class == ModelErrorClass.KeyRefused
            // OpenAI says so with a 429, which no waiting cures.
            || (failure.Class == ModelErrorClass.RateLimited && failure.Message.Contains("insufficient_quota", StringComparison.OrdinalIgnoreCase));
        return refused ? (parent ?? this).Refused(failure) : failure.Class == ModelErrorClass.RateLimited ? Limited(failure) : null;
    }

    /// <returns>Whether a key that was out is back.</returns>
    public bool Succeeded()
    {
        if (parent?.Trouble is not null)
        {
            return parent.Succeeded();
        }

        // Calls begun before the refusal may still end well; only the trial's success counts.
        return Trouble is { } trouble && (trouble.IsTried || IsReadyAt(clock.GetTimestamp()))
            && Interlocked.CompareExchange(ref _trouble, null, trouble) == trouble && trouble.Condition == KeyCondition.Disabled;
    }

    public bool Enable() => parent?.Enable() is true | Interlocked.Exchange(ref _trouble, null) is not null;

    public void Disable(string reason) => Volatile.Write(ref _trouble, Ban(reason, 1));

    private KeyTrouble? Refused(ModelFailure failure)
    {
        var before = Trouble;

        // Calls that ran side by side are refused one after the other: one strike.
        if (before is { Condition: KeyCondition.Disabled, IsTried: false } && clock.GetTimestamp() < before.Until)
        {
            return null;
        }

        var ban = Ban(Words(failure), before is { Condition: KeyCondition.Disabled } ? before.Strikes + 1 : 1);
        return Interlocked.CompareExchange(ref _trouble, ban, before) == before ? ban : null;
    }

    private KeyTrouble? Limited(ModelFailure failure)
    {
        var before = Volatile.Read(ref _trouble);
        var wait = failure.RetryAfter
            ?? (Requests.IsSpent ? Requests.FullIn() : null)
            ?? (Tokens.IsSpent ? Tokens.FullIn() : null)
            ?? UsualCooling;
        wait = wait < ShortestCooling ? ShortestCooling : wait > LongestBan ? LongestBan : wait;
        long until = clock.GetTimestamp() + Ticks(wait);
        if (before is not null && before.Until >= until)
        {
            return null;
        }

        // A tried key that is only limited is a good key.
        KeyTrouble cooling = new(KeyCondition.Cooling, Words(failure), until, clock.GetUtcNow() + wait, 0, false);
        return Interlocked.CompareExchange(ref _trouble, cooling, before) == before ? cooling : null;
    }

    private KeyTrouble Ban(string reason, int strikes)
    {
        var wait = FirstBan * Math.Pow(2, Math.Min(strikes, 8) - 1);
        wait = wait > LongestBan ? LongestBan : wait;
        return new(KeyCondition.Disabled, reason, clock.GetTimestamp() + Ticks(wait), clock.GetUtcNow() + wait, strikes, false);
    }

    private string Words(ModelFailure failure)
    {
        string message = ProviderKey.Without(Key.Secret, failure.Message).ReplaceLineEndings(" ");
        message = message.Length > 200 ? message[..200] + "…" : message;
        return failure.Status is { } status ? $"{status}: {message}" : message;
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * clock.TimestampFrequency);
}
