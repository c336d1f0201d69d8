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
    /// <summary>The share of the question's information that the passage's words hold, 0 to 1: rare words weigh more (idf).</summary>
    /// <remarks>Unlike the scores it can be compared between questions.</remarks>
    public double Coverage { get; init; }

    /// <summary>How much the passage has to do with the question, 0 to 1, in words or in meaning, whichever is more.</summary>
    /// <remarks>Comparable between questions, which makes it what a floor is set for.</remarks>
    public double Relevance { get; init; }

    /// <summary>Its place by the fused score before anything else ordered the passages; 1 is the first.</summary>
    public int FusedRank { get; init; }
}
