namespace AiSaas.Contracts.Quality;

/// <summary>A question whose right passages people have said.</summary>
public sealed record GoldenQuestion(
    Guid Id, Guid CollectionId, string Question, IReadOnlyList<Expectation> Expected, IReadOnlyList<string> Tags, int Version,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>Where the answer stands. The name alone means the document; a page, the page; offsets or a quote, that passage.</summary>
/// <param name="DocumentName">As the collection lists it. Reading the document anew changes nothing.</param>
/// <param name="DocumentId">Instead of the name when sent; never sent back.</param>
/// <param name="Start">Offset into the page's text, in UTF-16 code units; with <paramref name="Page"/> and <paramref name="End"/>.</param>
/// <param name="Quote">Words that stand there in a row, whatever their case and spacing; up to 4,000 characters.</param>
/// <param name="QuoteErased">The document was deleted and its words with it; page and offsets stay.</param>
public sealed record Expectation(
    string? DocumentName = null, Guid? DocumentId = null, int? Page = null, int? Start = null, int? End = null, string? Quote = null,
    bool? QuoteErased = null);

/// <summary>A line of the import and export format, and the body of a new question.</summary>
/// <param name="Version">Of the question that is changed; a newer one refuses. Not needed for a new one.</param>
public sealed record GoldenQuestionBody(
    string Question, IReadOnlyList<Expectation> Expected, IReadOnlyList<string>? Tags = null, int? Version = null);

/// <summary>POST <c>/api/quality/questions/from</c>: a golden question out of what was found.</summary>
/// <param name="QueryId">A query record, with the ranks of the hits that are right (1 is the first).</param>
/// <param name="MessageId">An answer, with the citation that is right: its place in the answer's list, 0 is the first.</param>
public sealed record GoldenQuestionFrom(
    Guid? QueryId = null, IReadOnlyList<int>? Ranks = null, Guid? MessageId = null, int? Citation = null, IReadOnlyList<string>? Tags = null);

/// <summary>What an import did. A question that the collection has already is replaced.</summary>
public sealed record GoldenImport(int Added, int Updated, IReadOnlyList<GoldenFault> Faults);

/// <param name="Line">1 is the first.</param>
public sealed record GoldenFault(int Line, string Reason);
