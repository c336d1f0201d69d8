namespace AiSaas.Core.Retrieval;

/// <summary>What vectors can be compared with each other: one model at one size.</summary>
/// <param name="Id">As chunks and vectors carry it.</param>
/// <param name="Weight">The vector score's share in the fusion, 0 to 1.</param>
/// <param name="Unrelated">The cosine of texts that have nothing to do with each other; null where it isn't known.</param>
/// <param name="Related">The cosine from which meaning alone makes a passage worth showing; null where it isn't known.</param>
public sealed record EmbeddingSpace(string Id, int Dimensions, double Weight, double? Unrelated, double? Related)
{
    /// <summary>The embedding model's name in the catalog.</summary>
    public string Model { get; init; } = Id;
}
