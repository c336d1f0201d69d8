using AiSaas.Core.Documents;

namespace AiSaas.Core.Retrieval;

/// <summary>What the search in Postgres returns of a passage: its raw scores.</summary>
/// <param name="Lexical">BM25, 0 where no word fits.</param>
/// <param name="Coverage">The share of the question's idf that the passage's words hold.</param>
/// <param name="Cosine">Null where there is no vector to compare.</param>
internal sealed record Candidate(ChunkId Id, double Lexical, double Coverage, double? Cosine)
{
    /// <summary>What the question's neighbouring words add that are neighbours in the passage too, on BM25's scale.</summary>
    public double Proximity { get; init; }
}
