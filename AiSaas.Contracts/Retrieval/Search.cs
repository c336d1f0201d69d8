namespace AiSaas.Contracts.Retrieval;

/// <param name="CollectionIds">Null or empty searches every collection of the workspace.</param>
/// <param name="Limit">1 to 50; 8 when left out.</param>
/// <param name="Expand">Hits come with what stands around them in their section, as models read them.</param>
public sealed record SearchRequest(
    string Query, IReadOnlyList<Guid>? CollectionIds = null, SearchFilter? Filter = null, int? Limit = null, bool Expand = false);

/// <summary>What is searched; conditions hold together. Null or empty leaves nothing out.</summary>
/// <param name="ContentTypes">Media types such as <c>application/pdf</c>.</param>
/// <param name="CreatedFrom">Documents that came at this time or later.</param>
/// <param name="CreatedTo">Documents that came before this time.</param>
/// <param name="NamePrefix">Documents whose name begins so, in any case.</param>
public sealed record SearchFilter(
    IReadOnlyList<Guid>? DocumentIds = null, IReadOnlyList<string>? ContentTypes = null, DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null, string? NamePrefix = null);

public sealed record SearchResponse(IReadOnlyList<SearchHit> Hits, SearchTimings Timings);

/// <param name="Start">Offset into the page's text, in UTF-16 code units.</param>
/// <param name="Context">The text in its surroundings, where <c>expand</c> asked for it. No piece of a document stands in two contexts.</param>
/// <param name="Edited">Somebody edited the text: the page has other words from start to end.</param>
public sealed record SearchHit(
    Guid ChunkId, Guid DocumentId, Guid CollectionId, string DocumentName, string? Section, int Page, int Start, int End,
    string Text, double Score, SearchScores Scores, string? Context = null, bool? Edited = null);

/// <summary>Raw scores by stage: BM25, and cosine similarity. Null where a stage did not find the chunk.</summary>
public sealed record SearchScores(double? Lexical, double? Vector)
{
    /// <summary>A reranker's; null where none ordered the passages.</summary>
    public double? Rerank { get; init; }
}

/// <summary>Milliseconds by stage.</summary>
public sealed record SearchTimings(double EmbedMs, double LexicalMs, double VectorMs, double FusionMs, double TotalMs)
{
    /// <summary>Asking a model what to search for; 0 where none was asked.</summary>
    public double PlanMs { get; init; }

    /// <summary>0 where none is configured.</summary>
    public double RerankMs { get; init; }

    /// <summary>The embedding spaces that were searched: two while the workspace moves between them, none where words alone were.</summary>
    public IReadOnlyList<string> Spaces { get; init; } = [];

    /// <summary>What was searched for; null where it is the query alone.</summary>
    public IReadOnlyList<string>? Phrasings { get; init; }

    /// <summary>The reranker that ordered the passages; null where none did.</summary>
    public string? Reranker { get; init; }

    /// <summary>Why something was left out: words alone were searched, or the reranker was late.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
