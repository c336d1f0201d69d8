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

    /// <summary>What stands on the page from Start to End, where somebody edited the text; null where <c>Text</c> is the page's own.</summary>
    public string? Original { get; init; }

    /// <summary>What stands around it in its section, in order, this passage left out. Empty where nobody asked for it, or nothing fits.</summary>
    /// <remarks>No neighbour stands with two passages of one result, and none is a passage of the result itself: nothing is sent twice.</remarks>
    public IReadOnlyList<Neighbour> Neighbours { get; init; } = [];

    /// <summary>The text in its surroundings, for models: <c>Text</c>, with its neighbours before and after it.</summary>
    public string Context => Neighbours.Count == 0 ? Text : PassageContext.Join(this);

    /// <summary>How much the passage has to do with the question, 0 to 1, in words or in meaning, whichever is more.</summary>
    /// <remarks>Comparable between questions, which makes it what a floor is set for.</remarks>
    public double Relevance { get; init; }

    /// <summary>Its place by the fused score before anything else ordered the passages; 1 is the first.</summary>
    public int FusedRank { get; init; }
}

/// <summary>A chunk beside a passage, of the same run.</summary>
/// <param name="Offset">Its place from the passage: -1 stands directly before it, 1 directly after it.</param>
/// <param name="Text">What models read: the page's own from <paramref name="Start"/> to <paramref name="End"/>, unless it was edited.</param>
/// <param name="Original">As on the page, where the text was edited.</param>
public sealed record Neighbour(ChunkId ChunkId, int Offset, string? Section, int Page, int Start, int End, string Text, string? Original);
