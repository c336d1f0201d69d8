using AiSaas.Core.Documents;

namespace AiSaas.Core.Retrieval;

/// <summary>A passage that retrieval found.</summary>
/// <param name="Start">Offset into the page's text, in UTF-16 code units.</param>
/// <param name="Text">Exactly what stands on the page from <paramref name="Start"/> to <paramref name="End"/>.</param>
/// <param name="Score">Fused, 0 to 1: comparable within one result only.</param>
/// <param name="Lexical">BM25; null where words did not find it.</param>
/// <param name="Vector">Cosine similarity; null where vectors did not find it.</param>
public sealed record Passage(
    ChunkId ChunkId, DocumentId DocumentId, CollectionId CollectionId, string DocumentName, string? Section, int Page, int Start, int End,
    string Text, double Score, double? Lexical, double? Vector)
{
    /// <summary>What neighbouring words of the question that are neighbours here added to BM25.</summary>
    public double Proximity { get; init; }

    /// <summary>The share of the question's information that the passage's words hold, 0 to 1: rare words weigh more (idf).</summary>
    /// <remarks>Unlike the scores it can be compared between questions.</remarks>
    public double Coverage { get; init; }

    /// <summary>What a reranker gave it; null where none did. Comparable within one result only.</summary>
    public double? Reranked { get; init; }
}
