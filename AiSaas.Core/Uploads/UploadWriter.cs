using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Uploads;

/// <summary>Gives an upload to one connection at a time.</summary>
public sealed class UploadWriter(TenantDatabase database, IFileStore files, IOptions<DocumentsOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    /// <returns>Null where another connection has the upload.</returns>
    internal async Task<WrittenPiece?> WriteAsync(TenantId tenant, Upload upload, Stream content, CancellationToken cancellation)
    {
        var writer = Guid.CreateVersion7();
        if (!await database.RunAsync(
            tenant, (work, token) => UploadRows.TakeAsync(work, upload.Id, upload.Received, writer, token), cancellation))
        {
            return null;
        }

        try
        {
            return await new UploadConnection(database, files, options.Value.UploadLifetime, time, tenant, upload, writer).CopyAsync(content, cancellation);
        }
        finally
        {
            using CancellationTokenSource limit = new(Farewell, time);
            await database.RunAsync(tenant, (work, token) => UploadRows.ReleaseAsync(work, upload.Id, writer, token), limit.Token);
        }
    }
}
