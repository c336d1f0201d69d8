namespace AiSaas.Llm.Prices;

/// <summary>What every model costs that a price is known for. Immutable; a changed price is another table.</summary>
public sealed class PriceTable
{
    /// <summary>The date of the price file, and what was laid over it; kept with every call that was priced by it.</summary>
    public required string Version { get; init; }

    /// <summary>The price of a model at a provider: by the provider's own name first, then by its kind.</summary>
    /// <param name="provider">The configured name.</param>
    /// <param name="kind">openai, anthropic, azure-openai, google, bedrock, openai-compatible, local…</param>
    /// <param name="model">The model's name there, dated suffixes and all.</param>
    /// <returns>Null where none is known: such a call is filed as unpriced, at cost 0.</returns>
    public ModelPrice? Find(string provider, string kind, string model) =>
        kind.Equals("local", StringComparison.OrdinalIgnoreCase) ? ModelPrice.Free : null;
}
