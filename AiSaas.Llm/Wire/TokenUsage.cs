namespace AiSaas.Llm.Wire;

/// <summary>Tokens of one call, in OpenAI's sense: parts are contained in their sums.</summary>
/// <param name="Input">All input, cached parts included (Anthropic counts them apart; adding up is the reader's work).</param>
/// <param name="Output">All output, reasoning included.</param>
/// <param name="CachedInput">Of the input: read from the provider's prompt cache.</param>
/// <param name="CacheWrite">Of the input: written to it.</param>
/// <param name="Reasoning">Of the output: thought, not said.</param>
/// <param name="IsEstimated">Counted by us because the provider gave none.</param>
public readonly record struct TokenUsage(
    long Input, long Output, long CachedInput = 0, long CacheWrite = 0, long Reasoning = 0, bool IsEstimated = false)
{
    /// <summary>Of <see cref="CacheWrite"/>: to be kept an hour, which Anthropic charges higher than five minutes.</summary>
    public long CacheWriteLong { get; init; }

    public long Total => Input + Output;
}
