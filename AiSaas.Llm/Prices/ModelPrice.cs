using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Prices;

/// <summary>What a provider charges for one model. All prices are pico-dollars a token, which are micro-dollars a million tokens.</summary>
/// <remarks>A call's parts are summed exactly and rounded once, up to the next nano-dollar: nothing is ever charged too low.</remarks>
public sealed record ModelPrice
{
    /// <summary>Pico-dollars in a nano-dollar.</summary>
    private const int Picos = 1_000;

    /// <summary>A call that costs nothing, at a price that is known.</summary>
    public static ModelPrice Free { get; } = new() { Rates = new(0, 0) };

    /// <summary>For calls up to the first tier's context.</summary>
    public required TokenRates Rates { get; init; }

    /// <summary>For the provider's batch API; null where it has none for this model.</summary>
    public TokenRates? Batch { get; init; }

    /// <summary>Dearer (or cheaper) rates for long input, the longest first. They apply to the whole call.</summary>
    public IReadOnlyList<PriceTier> Tiers { get; init; } = [];

    public bool IsEmbedding { get; init; }

    /// <summary>In tokens; null where it is not known.</summary>
    public long? ContextWindow { get; init; }

    /// <summary>The most tokens that the model writes; null where it is not known.</summary>
    public long? MaxOutput { get; init; }

    /// <summary>Whether a call can cost anything at all.</summary>
    public bool IsFree => Rates.IsFree && Tiers.Count == 0;

    /// <returns>Nano-dollars, at most <see cref="long.MaxValue"/>.</returns>
    public long CostNanos(in TokenUsage usage, bool batch = false)
    {
        var rates = RatesFor(usage.Input, batch);
        long cached = Math.Clamp(usage.CachedInput, 0, Math.Max(0, usage.Input));
        long written = Math.Clamp(usage.CacheWrite, 0, Math.Max(0, usage.Input) - cached);
        long reasoning = Math.Clamp(usage.Reasoning, 0, Math.Max(0, usage.Output));
        Int128 picos =
            ((Int128)(Math.Max(0, usage.Input) - cached - written) * rates.Input)
            + ((Int128)cached * rates.CachedInput)
            + ((Int128)written * rates.CacheWrite)
            + ((Int128)(Math.Max(0, usage.Output) - reasoning) * rates.Output)
            + ((Int128)reasoning * rates.Reasoning);
        return Nanos(picos);
    }

    /// <summary>What the call would have cost without the provider's prompt cache, less what it cost.</summary>
    public long CacheSavedNanos(in TokenUsage usage, bool batch = false) =>
        Math.Max(0, CostNanos(usage with { CachedInput = 0, CacheWrite = 0 }, batch) - CostNanos(usage, batch));

    /// <summary>The rates for a call with this much input.</summary>
    public TokenRates RatesFor(long input, bool batch = false)
    {
        if (batch && Batch is { } cheaper)
        {
            return cheaper;
        }

        foreach (var tier in Tiers)
        {
            if (input > tier.AboveInput)
            {
                return tier.Rates;
            }
        }

        return Rates;
    }

    private static long Nanos(Int128 picos)
    {
        var nanos = (picos + (Picos - 1)) / Picos;
        return nanos > long.MaxValue ? long.MaxValue : (long)nanos;
    }
}

/// <summary>Pico-dollars a token.</summary>
/// <param name="Input">What the provider's cache neither gave nor took.</param>
/// <param name="Output">What was said.</param>
public sealed record TokenRates(long Input, long Output)
{
    /// <summary>Read from the provider's prompt cache; like other input unless it has a price of its own.</summary>
    public long CachedInput { get; init; } = Input;

    /// <summary>Written to the provider's prompt cache; like other input unless it has a price of its own.</summary>
    public long CacheWrite { get; init; } = Input;

    /// <summary>Written to be kept for an hour, where that has a price of its own.</summary>
    public long? CacheWriteHour { get; init; }

    /// <summary>Thought, not said; like other output unless it has a price of its own.</summary>
    public long Reasoning { get; init; } = Output;

    public bool IsFree => (Input | Output | CachedInput | CacheWrite | Reasoning) == 0;
}

/// <param name="AboveInput">Tokens of input, the cached ones included.</param>
public sealed record PriceTier(long AboveInput, TokenRates Rates);
