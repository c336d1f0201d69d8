using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Uploads;

/// <summary>Makes a document of an upload that is whole. Once, however often and from wherever it is tried.</summary>
public sealed class FinishUpload(TenantDatabase database, IFileStore files, UploadDocuments documents, IOptions<DocumentsOptions> options)
{
    /// <param name="tenant">Whose.</param>
    /// <param name="upload">All of it is stored.</param>
    /// <param name="sha256">Of the file where that is known; else it is read again.</param>
    /// <param name="cancellation">The caller's: the next one who asks finishes it.</param>
    /// <returns>The upload as it is then; null where it is gone.</returns>
    internal async Task<Upload?> TryAsync(TenantId tenant, Upload upload, byte[]? sha256, CancellationToken cancellation)
    {
        var written = await files.DescribeAsync(tenant, upload.File!.Value, sha256, cancellation);
        await using var work = await database.BeginAsync(tenant, cancellation);
        var now = await UploadRows.FindAsync(work, upload.Id, locked: true, cancellation);
        if (now is null or { Outcome: not null })
        {
            // Gone, or somebody was quicker.
            return now;
        }

        if (written is null)
        {
            throw new InvalidOperationException($"The file of upload {upload.Id} is gone.");
        }

        var received = documents.Judge(now.Name, written);
        if (received.File is null)
        {
            await files.DiscardAsync(work, upload.File.Value, cancellation);
        }

        var accepted = await documents.AcceptAsync(
            work, now.By, now.Collection, [received], now.KeepDuplicates, cancellation);
        if (accepted is not [var document])
        {
            return null;
        }

        await UploadRows.SettleAsync(work, upload.Id, document, options.Value.UploadLifetime, cancellation);
        await work.CommitAsync(cancellation);
        return now with { Outcome = document, File = null };
    }
}
