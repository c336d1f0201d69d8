namespace AiSaas.Core.Retrieval;

/// <summary>What vectors can be compared with each other: one model at one size.</summary>
/// <param name="Id">The embedding model's name in the catalog, as chunks carry it.</param>
/// <param name="Weight">The vector score's share in the fusion, 0 to 1.</param>
public sealed record EmbeddingSpace(string Id, int Dimensions, double Weight);
