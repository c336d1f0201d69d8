using System.Collections.Concurrent;
using System.Collections.Frozen;
using AiSaas.Llm.Local;

namespace AiSaas.Llm.Prices;

/// <summary>What every model costs that a price is known for. Immutable; a changed price is another table.</summary>
public sealed class PriceTable
{
    // Names come from outside too: beyond this many they are looked up each time.
    private const int MostRemembered = 10_000;

    private readonly FrozenDictionary<(string Provider, string Model), PriceEntry> _entries;
    private readonly ConcurrentDictionary<(string Provider, string Kind, string Model), ModelPrice?> _found = new();
    private readonly ConcurrentDictionary<PriceEntry, ModelPrice> _prices = new(ReferenceEqualityComparer.Instance);

    /// <param name="version">The date of the price file, and what was laid over it.</param>
    /// <param name="entries">Later ones replace earlier ones of the same provider and model.</param>
    public PriceTable(string version, IEnumerable<PriceEntry> entries)
    {
        Version = version;
        Dictionary<(string, string), PriceEntry> byName = [];
        foreach (var entry in entries)
        {
            foreach (string name in entry.Aliases.Prepend(entry.Model))
            {
                byName[(Fold(entry.Provider), Fold(name))] = entry;
            }
        }

        _entries = byName.ToFrozenDictionary();
    }

    /// <summary>Kept with every call that was priced by this table.</summary>
    public string Version { get; }

    /// <summary>One a model, by provider and name.</summary>
    public IEnumerable<PriceEntry> Entries => _entries.Values.Distinct()
        .OrderBy(entry => entry.Provider, StringComparer.Ordinal).ThenBy(entry => entry.Model, StringComparer.Ordinal);

    /// <summary>This table with more laid over it.</summary>
    public PriceTable With(string version, IEnumerable<PriceEntry> over) => new(version, [.. Entries, .. over]);

    /// <summary>The price of a model at a provider: by the provider's own name first, then by its kind.</summary>
    /// <param name="provider">The configured name.</param>
    /// <param name="kind">openai, anthropic, azure-openai, google, bedrock, openai-compatible, local…</param>
    /// <param name="model">The model's name there, dated suffixes and all.</param>
    /// <returns>Null where none is known: such a call is filed as unpriced, at cost 0.</returns>
    public ModelPrice? Find(string provider, string kind, string model)
    {
        if (_found.TryGetValue((provider, kind, model), out var known))
        {
            return known;
        }

        var price = Search(Fold(provider), Fold(kind), Fold(model)) is { } entry
            ? _prices.GetOrAdd(entry, one => one.ToPrice())
            : kind.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase) ? ModelPrice.Free : null;
        if (_found.Count < MostRemembered)
        {
            _found[(provider, kind, model)] = price;
        }

        return price;
    }

    private PriceEntry? Search(string provider, string kind, string model)
    {
        foreach (string name in ModelNameForms.Of(model))
        {
            if (_entries.TryGetValue((provider, name), out var entry) || _entries.TryGetValue((kind, name), out entry))
            {
                return entry;
            }
        }

        // Azure sells OpenAI's models at OpenAI's prices, where it isn't told otherwise.
        return kind == "azure-openai" && provider != "openai" ? Search("openai", "openai", model) : null;
    }

    private static string Fold(string name) => name.Trim().ToLowerInvariant();
}
