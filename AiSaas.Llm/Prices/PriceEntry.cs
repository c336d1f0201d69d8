using System.Globalization;
using System.Text.Json.Serialization;

namespace AiSaas.Llm.Prices;

/// <summary>What people write of a model's price: USD for a million tokens, as decimal strings.</summary>
public record PriceRates
{
    public string? Input { get; init; }

    public string? Output { get; init; }

    /// <summary>Read from the provider's prompt cache; unset means like other input.</summary>
    public string? CachedRead { get; init; }

    /// <summary>Written to the provider's prompt cache; unset means like other input.</summary>
    public string? CacheWrite { get; init; }

    [JsonPropertyName("cacheWrite1h")]
    public string? CacheWriteHour { get; init; }

    /// <summary>Unset means like other output.</summary>
    public string? Reasoning { get; init; }
}

/// <summary>A model as the price file, the settings and imports name it.</summary>
/// <remarks>What is left out arrives as null from generated readers, whatever the default: hence the setters.</remarks>
public sealed record PriceEntry : PriceRates
{
    /// <summary>A provider's configured name, or a kind of provider.</summary>
    public string Provider { get; init => field = value ?? ""; } = "";

    /// <summary>Without the date that many providers append.</summary>
    public string Model { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Aliases { get; init => field = value ?? []; } = [];

    /// <summary>chat, embedding or rerank.</summary>
    public string Mode { get; init => field = value ?? "chat"; } = "chat";

    public string? BatchInput { get; init; }

    public string? BatchOutput { get; init; }

    public string? BatchCachedRead { get; init; }

    public IReadOnlyList<PriceEntryTier> Tiers { get; init => field = value ?? []; } = [];

    public long? ContextWindow { get; init; }

    public long? MaxOutput { get; init; }

    /// <summary>Where the figures were seen.</summary>
    public string? Source { get; init; }

    /// <summary>What is wrong with the entry, in words; empty when nothing is.</summary>
    public IEnumerable<string> Faults()
    {
        string name = $"{Provider}/{Model}";
        if (Provider.Length is 0 or > 100 || Model.Length is 0 or > 200)
        {
            yield return $"'{name}': provider and model are missing or too long.";
        }

        if (Mode is not ("chat" or "embedding" or "rerank"))
        {
            yield return $"{name}: mode is '{Mode}'; it is chat, embedding or rerank.";
        }

        if (Input is null)
        {
            yield return $"{name}: input is missing.";
        }

        if (Output is null && Mode == "chat")
        {
            yield return $"{name}: output is missing.";
        }

        IEnumerable<(string Field, string? Value)> amounts =
        [
            .. Amounts(this, ""), ("batchInput", BatchInput), ("batchOutput", BatchOutput), ("batchCachedRead", BatchCachedRead),
            .. Tiers.SelectMany(tier => Amounts(tier, $"above {tier.AboveInput}: ")),
        ];
        foreach (var (field, value) in amounts.Where(one => one.Value is not null && Picos(one.Value) is null))
        {
            yield return $"{name}: {field} is '{value}'; it is USD for a million tokens, up to 1,000,000 with up to six decimals.";
        }

        if (ContextWindow <= 0 || MaxOutput <= 0 || Tiers.Any(tier => tier.AboveInput <= 0))
        {
            yield return $"{name}: sizes are more than 0 tokens.";
        }
    }

    /// <exception cref="FormatException">The entry has faults.</exception>
    public ModelPrice ToPrice() => new()
    {
        Rates = Rates(this, null),
        Batch = BatchInput is null && BatchOutput is null ? null : BatchRates(),
        Tiers = [.. Tiers.OrderByDescending(tier => tier.AboveInput).Select(tier => new PriceTier(tier.AboveInput, Rates(tier, this)))],
        IsEmbedding = Mode != "chat",
        ContextWindow = ContextWindow,
        MaxOutput = MaxOutput,
    };

    /// <returns>Pico-dollars a token; null when the text is no amount.</returns>
    internal static long? Picos(string usdPerMillion) =>
        decimal.TryParse(usdPerMillion, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal usd)
        && usd is >= 0 and <= 1_000_000 && decimal.Truncate(usd * 1_000_000) == usd * 1_000_000
            ? (long)(usd * 1_000_000)
            : null;

    private static IEnumerable<(string Field, string? Value)> Amounts(PriceRates rates, string where) =>
    [
        (where + "input", rates.Input), (where + "output", rates.Output), (where + "cachedRead", rates.CachedRead),
        (where + "cacheWrite", rates.CacheWrite), (where + "cacheWrite1h", rates.CacheWriteHour), (where + "reasoning", rates.Reasoning),
    ];

    private static TokenRates Rates(PriceRates rates, PriceRates? below)
    {
        long input = Required(rates.Input ?? below?.Input ?? "0"), output = Required(rates.Output ?? below?.Output ?? "0");
        return new(input, output)
        {
            CachedInput = Optional(rates.CachedRead ?? below?.CachedRead) ?? input,
            CacheWrite = Optional(rates.CacheWrite ?? below?.CacheWrite) ?? input,
            CacheWriteHour = Optional(rates.CacheWriteHour ?? below?.CacheWriteHour),
            Reasoning = Optional(rates.Reasoning ?? below?.Reasoning) ?? output,
        };
    }

    private TokenRates BatchRates()
    {
        long input = Required(BatchInput ?? Input ?? "0"), output = Required(BatchOutput ?? Output ?? "0");
        return new(input, output) { CachedInput = Optional(BatchCachedRead) ?? Math.Min(input, Optional(CachedRead) ?? input) };
    }

    private static long Required(string text) => Picos(text) ?? throw new FormatException($"'{text}' is no price.");

    private static long? Optional(string? text) => text is null ? null : Required(text);
}

/// <summary>Rates for calls with more input than this; what is unset is as below it.</summary>
public sealed record PriceEntryTier : PriceRates
{
    public long AboveInput { get; init; }
}
