using AiSaas.Contracts.Documents;

namespace AiSaas.Contracts.Uploads;

/// <summary>GET <c>/api/uploads/{id}</c>: a file that comes in pieces, over as many connections as it takes.</summary>
/// <param name="Status">uploading, or done.</param>
/// <param name="Received">Bytes of it that are stored.</param>
/// <param name="Document">What became of it; null while it is uploading.</param>
/// <param name="ExpiresAt">When it is forgotten unless it goes on; the document of one that is done stays.</param>
public sealed record UploadInfo(
    Guid Id, string Name, Guid CollectionId, string Status, long Bytes, long Received, UploadedDocument? Document, DateTimeOffset ExpiresAt);
