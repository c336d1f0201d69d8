using AiSaas.Contracts.Quality;

namespace AiSaas.Contracts.Retrieval;

/// <summary>A search that was made. Admins see the workspace's, others their own.</summary>
/// <param name="Source">search, answer or lab.</param>
/// <param name="Hits">How many passages it found.</param>
public sealed record QuerySummary(
    Guid Id, string Source, string Question, IReadOnlyList<Guid> CollectionIds, int Hits, double TotalMs, string? Degraded, string? User,
    Guid? ConversationId, DateTimeOffset CreatedAt);

/// <summary>GET <c>/api/retrieval/queries/{id}</c>.</summary>
/// <param name="Phrasings">What was searched for besides the question itself.</param>
/// <param name="Settings">As they were used.</param>
/// <param name="Space">The embedding space; null where words alone were searched, and <c>degraded</c> says why.</param>
/// <param name="Found">Its hits whose documents still exist, best first, up to 20.</param>
public sealed record QueryDetail(
    QuerySummary Query, IReadOnlyList<string> Phrasings, SearchFilter Filter, RetrievalSettings Settings, string? Space, string? Rerank,
    SearchTimings Timings, IReadOnlyList<QueryHit> Found);

/// <param name="Text">Null when the document has been read anew since.</param>
/// <param name="Proximity">What neighbouring words of the question that are neighbours there added to the lexical score.</param>
/// <param name="Reranked">A reranker's score; null where none ordered the hits.</param>
public sealed record QueryHit(
    int Rank, int FusedRank, Guid DocumentId, Guid CollectionId, Guid ChunkId, string DocumentName, string? Section, int Page, int Start, int End,
    string? Text, double Score, double? Lexical, double? Vector, double Coverage, double Relevance,
    double Proximity, double? Reranked);
