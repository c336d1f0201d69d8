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

    /// <summary>The same within a transaction of the caller.</summary>
    Task DiscardAsync(TenantWork work, FileId file, CancellationToken cancellation);

    /// <summary>Stores small files in the transaction that makes their documents: one statement for all of them.</summary>
    /// <param name="work">The transaction.</param>
    /// <param name="small">Each of at most <see cref="MaxSmallBytes"/>.</param>
    /// <param name="cancellation">The caller's.</param>
    Task AddAsync(TenantWork work, IReadOnlyList<SmallFile> small, CancellationToken cancellation);

    /// <summary>Begins a file that comes in pieces, empty.</summary>
    Task<FileId> CreateAsync(TenantWork work, DateTimeOffset until, CancellationToken cancellation);

    /// <summary>Adds a piece to the end of a file that was begun so; within one block of <see cref="BlockBytes"/>.</summary>
    /// <param name="work">The transaction; the caller sees to it that nobody else appends.</param>
    /// <param name="file">Which.</param>
    /// <param name="at">The file's length so far.</param>
    /// <param name="piece">May be empty.</param>
    /// <param name="until">Keeps the file.</param>
    /// <param name="cancellation">The caller's.</param>
    Task AppendAsync(TenantWork work, FileId file, long at, ReadOnlyMemory<byte> piece, DateTimeOffset until, CancellationToken cancellation);

    /// <summary>A file that came in pieces, as <see cref="WriteAsync"/> would have described it; null where it is gone.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="file">Which.</param>
    /// <param name="sha256">Where it is known; else the file is read.</param>
    /// <param name="cancellation">The caller's.</param>
    Task<WrittenFile?> DescribeAsync(TenantId tenant, FileId file, byte[]? sha256, CancellationToken cancellation);

    const int BlockBytes = 1 << 20;

    /// <summary>What <see cref="AddAsync"/> takes, in bytes.</summary>
    const int MaxSmallBytes = 256 << 10;

    /// <summary>The document's original as a seekable stream; null where there is none.</summary>
    Task<Stream?> OpenAsync(TenantId tenant, DocumentId document, CancellationToken cancellation);
}

/// <summary>A file whose bytes are in memory already.</summary>
public sealed record SmallFile(DocumentId Document, byte[] Content);

/// <param name="Id">Null where the content was larger than the limit.</param>
/// <param name="Bytes">As stored; the limit where it was exceeded.</param>
/// <param name="Head">The first bytes, up to 64 KiB, to recognise the format by.</param>
public sealed record WrittenFile(FileId? Id, long Bytes, byte[] Sha256, byte[] Head);
