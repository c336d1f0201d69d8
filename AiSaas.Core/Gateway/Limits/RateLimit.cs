using AiSaas.Core.Gateway.Budgets;

namespace AiSaas.Core.Gateway.Limits;

/// <summary>So many requests or tokens a minute for one key, user or workspace. A minute's worth may come at once.</summary>
/// <param name="Key">In Redis.</param>
internal sealed record RateLimit(string Key, BudgetScope Scope, bool IsTokens, int PerMinute)
{
    /// <summary>What the bucket holds, in microseconds of its flow.</summary>
    public const long Holds = 60_000_000;

    /// <summary>What so many units take of it; rounded up, so that a limit is never exceeded.</summary>
    public long Take(long units) => units <= 0 ? 0 : (long)Int128.Min(long.MaxValue / 4, (((Int128)units * Holds) + PerMinute - 1) / PerMinute);

    /// <param name="late">How far the bucket is from full, in microseconds.</param>
    public int Left(long late) => (int)Int128.Clamp((Int128)(Holds - late) * PerMinute / Holds, 0, PerMinute);
}
