using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>Keeps originals, byte for byte. Never holds more than a block of one in memory.</summary>
public interface IFileStore
{
    /// <summary>Stores what <paramref name="content"/> yields, up to <paramref name="limit"/> bytes.</summary>
    /// <remarks>The file belongs to nobody until <see cref="AttachAsync"/>; if this throws, nothing is left.
    /// Beyond the limit reading stops, nothing is kept, and the result says so.</remarks>
    Task<WrittenFile> WriteAsync(TenantId tenant, Stream content, long limit, CancellationToken cancellation);

    /// <summary>Gives the file to a document, in the transaction that makes the document.</summary>
    Task AttachAsync(TenantWork work, FileId file, DocumentId document, CancellationToken cancellation);

    /// <summary>Keeps a file that is no document's, in the transaction that makes what it belongs to.</summary>
    Task KeepAsync(TenantWork work, FileId file, DateTimeOffset until, CancellationToken cancellation);

    /// <summary>A kept file as a seekable stream; null where there is none.</summary>
    Task<Stream?> OpenAsync(TenantId tenant, FileId file, CancellationToken cancellation);

    /// <summary>Forgets a file that no document got.</summary>
    Task DiscardAsync(TenantId tenant, FileId file, CancellationToken cancellation);

    /// <summary>The document's original as a seekable stream; null where there is none.</summary>
    Task<Stream?> OpenAsync(TenantId tenant, DocumentId document, CancellationToken cancellation);

    /// <summary>The original to be read next: one that was fetched since, where there is one.</summary>
    Task<Stream?> OpenNewestAsync(TenantId tenant, DocumentId document, CancellationToken cancellation);
}

/// <param name="Id">Null where the content was larger than the limit.</param>
/// <param name="Bytes">As stored; the limit where it was exceeded.</param>
/// <param name="Head">The first bytes, up to 64 KiB, to recognise the format by.</param>
public sealed record WrittenFile(FileId? Id, long Bytes, byte[] Sha256, byte[] Head);
