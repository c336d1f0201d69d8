using AiSaas.Contracts.Common;
using AiSaas.Contracts.Sources;

namespace AiSaas.Contracts.Documents;

public sealed record CreateCollectionRequest(string Name, string? Description = null);

public sealed record UpdateCollectionRequest(string? Name = null, string? Description = null);

/// <param name="Bytes">Sum of the originals' sizes.</param>
public sealed record CollectionSummary(
    Guid Id, string Name, string? Description, int Documents, int Ready, int Failed, long Bytes,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>POST <c>/api/collections/{id}/documents</c> (multipart <c>files</c>) → 202.</summary>
public sealed record UploadAccepted(IReadOnlyList<UploadedDocument> Documents);

/// <param name="Status">queued, or failed when the file itself was refused (then <paramref name="Error"/> says why). Of a document that
/// was there already, its status.</param>
/// <param name="DuplicateOf">The document of the collection that has exactly this content: nothing was added, <paramref name="Id"/> is that one.</param>
/// <param name="Replaces">The document of this name whose content this is from now on: <paramref name="Id"/> is that one. What it
/// contained before is found until the new content can be.</param>
public sealed record UploadedDocument(
    Guid Id, string Name, Guid? JobId, string Status, Failure? Error = null, Guid? DuplicateOf = null, Guid? Replaces = null);

/// <summary>GET <c>/api/documents/{id}</c>, and each event of <c>/api/documents/{id}/events</c>.</summary>
/// <param name="Status">queued, running, ready or failed.</param>
/// <param name="Stage">queued, parsing, chunking, embedding, ready or failed; an archive's are queued, unpacking, contents, ready or failed.</param>
/// <param name="Progress">0 to 1 over all stages.</param>
/// <param name="Bytes">Size of the original.</param>
/// <param name="ParentId">The archive or mail that it came in.</param>
/// <param name="Children">Null where nothing can be in it.</param>
/// <param name="Notice">What to know of a document that is ready all the same, such as which pages have no text.</param>
/// <param name="Origin">Where on the web it came from; null for uploads.</param>
/// <remarks>A very long document is ready as soon as it can be found by its words; its stage is then still embedding, with
/// progress, until it can be found by meaning too.</remarks>
public sealed record DocumentInfo(
    Guid Id, Guid CollectionId, string Name, string ContentType, string Status, string Stage, double Progress,
    int? EtaSeconds, int? Pages, int? Chunks, long Bytes, string? Title, Failure? Error, Guid? JobId,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ReadyAt, string? Notice = null, Guid? ParentId = null,
    ChildDocuments? Children = null, DocumentOrigin? Origin = null);

/// <summary>How the documents stand that came in another: the files of an archive, the attachments of a mail.</summary>
public sealed record ChildDocuments(int Total, int Ready, int Failed);

/// <summary>GET <c>/api/documents/{id}/pages/{n}</c>: a page's text and where each piece of it stands.</summary>
/// <param name="Width">In points; 0 for formats without a page geometry.</param>
/// <param name="Text">Offsets in citations and hits count UTF-16 code units into this text.</param>
public sealed record DocumentPage(
    Guid DocumentId, string DocumentName, int Page, int Pages, double Width, double Height, string Text,
    IReadOnlyList<TextBox> Boxes);

/// <summary>A run of characters and its box in points from the top left corner of the page.</summary>
public sealed record TextBox(int Start, int End, double X, double Y, double Width, double Height);

/// <summary>DELETE <c>/api/documents/{id}</c>: what was removed, counted as it was removed.</summary>
/// <param name="SearchHits">In the records of searches.</param>
/// <param name="Quotes">Of its words in golden questions, which are erased.</param>
public sealed record DeletionReceipt(
    int Documents, int Pages, int Chunks, int Vectors, int Terms, int Files, long Bytes, int CacheEntries, int Jobs,
    DateTimeOffset DeletedAt, int SearchHits = 0, int Quotes = 0);

public sealed record Deleted(DeletionReceipt Receipt);

/// <summary>POST <c>/api/samples</c>: puts the sample document into a collection of its own, once per workspace.</summary>
public sealed record SampleAdded(Guid CollectionId, Guid DocumentId, Guid? JobId);
