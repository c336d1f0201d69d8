namespace AiSaas.Contracts.Retrieval;

/// <param name="CollectionIds">Null or empty searches every collection of the workspace.</param>
/// <param name="Limit">1 to 50; 8 when left out.</param>
/// <param name="Expand">Hits come with what stands around them in their section, as models read them.</param>
public sealed record SearchRequest(
    string Query, IReadOnlyList<Guid>? CollectionIds = null, SearchFilter? Filter = null, int? Limit = null, bool Expand = false);

public sealed record SearchFilter(IReadOnlyList<Guid>? DocumentIds = null, IReadOnlyList<string>? ContentTypes = null);

public sealed record SearchResponse(IReadOnlyList<SearchHit> Hits, SearchTimings Timings);

/// <param name="Start">Offset into the page's text, in UTF-16 code units.</param>
/// <param name="Context">The text in its surroundings, where <c>expand</c> asked for it. No piece of a document stands in two contexts.</param>
/// <param name="Edited">Somebody edited the text: the page has other words from start to end.</param>
public sealed record SearchHit(
    Guid ChunkId, Guid DocumentId, Guid CollectionId, string DocumentName, string? Section, int Page, int Start, int End,
    string Text, double Score, SearchScores Scores, string? Context = null, bool? Edited = null);

/// <summary>Raw scores by stage: BM25, and cosine similarity. Null where a stage did not find the chunk.</summary>
public sealed record SearchScores(double? Lexical, double? Vector);

/// <summary>Milliseconds by stage.</summary>
public sealed record SearchTimings(double EmbedMs, double LexicalMs, double VectorMs, double FusionMs, double TotalMs);
