using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;

namespace AiSaas.Contracts.Sources;

/// <summary>POST <c>/api/collections/{id}/documents/url</c>: a page, or a site from that page on.</summary>
/// <param name="Depth">How many links from the first page others may be; 0, that page alone, unless told.</param>
/// <param name="MaxPages">Most pages; 1 at depth 0, else 100, unless told.</param>
/// <param name="Refetch">Cron: when to look for changes. Never, unless told.</param>
/// <param name="Timezone">IANA name for <paramref name="Refetch"/>; UTC unless told.</param>
public sealed record AddSourceRequest(string Url, int? Depth = null, int? MaxPages = null, string? Refetch = null, string? Timezone = null);

/// <param name="JobId">Of the walk through the pages.</param>
/// <param name="Documents">The first page's document; others follow as they are found.</param>
public sealed record SourceAccepted(Guid SourceId, Guid JobId, IReadOnlyList<UploadedDocument> Documents);

/// <param name="Status">queued, running, ready or failed: of the walk under way, or the last one.</param>
/// <param name="Limited">The site has more pages than were allowed.</param>
/// <param name="DocumentId">Of the first page; null where it was deleted.</param>
/// <param name="Refetch">Cron, null where it is not fetched again by itself.</param>
public sealed record SourceInfo(
    Guid Id, Guid CollectionId, string Url, int Depth, int MaxPages, string Status, SourcePageCounts Pages, bool Limited, Failure? Error,
    Guid? JobId, Guid? DocumentId, Guid? ScheduleId, string? Refetch, string? Timezone, DateTimeOffset? NextFetchAt,
    DateTimeOffset? LastFetchedAt, DateTimeOffset CreatedAt);

/// <param name="Found">All that were found.</param>
/// <param name="Waiting">Still to be asked in the walk under way.</param>
/// <param name="Duplicate">The same content as another, or another name of it.</param>
/// <param name="Skipped">Not allowed by robots.txt, on another site, not readable.</param>
/// <param name="Gone">No longer there; the last good version stays.</param>
public sealed record SourcePageCounts(int Found, int Waiting, int Fetched, int Duplicate, int Skipped, int Gone, int Failed);

/// <summary>GET <c>/api/sources/{id}/pages</c>.</summary>
/// <param name="State">waiting, fetched, duplicate, alias, skipped, gone or failed.</param>
/// <param name="FetchedAt">When it last answered.</param>
/// <param name="ChangedAt">When its content was last another.</param>
public sealed record SourcePage(
    Guid Id, string Url, int Depth, string State, Guid? DocumentId, Failure? Error, DateTimeOffset? FetchedAt, DateTimeOffset? ChangedAt);

/// <summary>PATCH <c>/api/sources/{id}</c>: what is null stays.</summary>
/// <param name="Refetch">Empty: no longer.</param>
public sealed record UpdateSourceRequest(int? Depth = null, int? MaxPages = null, string? Refetch = null, string? Timezone = null);

/// <summary>POST <c>/api/sources/{id}/refetch</c>.</summary>
public sealed record SourceRefetch(Guid SourceId, Guid JobId);

/// <summary>DELETE <c>/api/sources/{id}?documents=keep|delete</c>.</summary>
/// <param name="Documents">kept or deleted.</param>
/// <param name="Receipt">What was removed; null where documents were kept.</param>
public sealed record SourceDeleted(Guid SourceId, string Documents, DeletionReceipt? Receipt);

/// <summary>Where a document came from.</summary>
/// <param name="SourceId">Null where the source was deleted and its documents kept.</param>
/// <param name="State">fetched, gone (this is the last version that was there) or failed, as of the last look.</param>
public sealed record DocumentOrigin(string Url, Guid? SourceId = null, string? State = null, DateTimeOffset? FetchedAt = null, Failure? Error = null);
