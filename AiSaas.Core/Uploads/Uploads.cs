using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Uploads;

/// <summary>Files that come in pieces: begun, gone on with from wherever they broke off, and made documents when they are whole.</summary>
/// <remarks>Another workspace's upload is null here: it does not exist.</remarks>
public sealed class Uploads(
    TenantDatabase database, IFileStore files, UploadDocuments documents, UploadWriter writer, FinishUpload finish, IOptions<DocumentsOptions> options,
    TimeProvider time)
{
    /// <summary>The most that one may have, in bytes.</summary>
    public long MaxBytes => documents.MaxBytes;

    /// <summary>The same in words.</summary>
    public string MaxWords => documents.MaxWords;

    public async Task<UploadCreation> CreateAsync(TenantId tenant, UserId user, NewUpload asked, CancellationToken cancellation)
    {
        if (asked.Bytes > MaxBytes)
        {
            return new UploadCreation.TooLarge();
        }

        var id = UploadId.New();
        await using (var work = await database.BeginAsync(tenant, cancellation))
        {
            if (!await work.ScalarAsync<bool>(
                "select true from collections where tenant_id = $1 and id = $2 for key share", cancellation, tenant, asked.Collection))
            {
                return new UploadCreation.NoCollection();
            }

            if (await RefusalAsync(work, cancellation) is { } why)
            {
                return new UploadCreation.TooMany(why);
            }

            var file = await files.CreateAsync(work, time.GetUtcNow() + options.Value.UploadLifetime, cancellation);
            await UploadRows.InsertAsync(
                work, id, asked, DocumentFormats.SafePath(asked.Name), file, user, options.Value.UploadLifetime, cancellation);
            await work.CommitAsync(cancellation);
        }

        return new UploadCreation.Made((await FindAsync(tenant, id, cancellation))!);
    }

    /// <summary>How it stands. One that is whole and that no connection is at work on is made a document now.</summary>
    public async Task<Upload?> FindAsync(TenantId tenant, UploadId id, CancellationToken cancellation)
    {
        var upload = await LookAsync(tenant, id, cancellation);
        // Whoever brought the last byte may have died before the document was made.
        return upload is { IsWhole: true, Outcome: null, IsExpired: false }
            ? await finish.TryAsync(tenant, upload, null, cancellation) ?? upload
            : upload;
    }

    /// <summary>Takes the next bytes, as many as come.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="id">Which.</param>
    /// <param name="offset">Where the client believes it is.</param>
    /// <param name="content">Read until it ends, breaks, or the file is whole.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<UploadProgress> AppendAsync(
        TenantId tenant, UploadId id, long offset, Stream content, CancellationToken cancellation)
    {
        switch (await LookAsync(tenant, id, cancellation))
        {
            case null:
                return new UploadProgress.NotFound();
            case { IsExpired: true }:
                return new UploadProgress.Expired();
            case { } elsewhere when elsewhere.Received != offset:
                return new UploadProgress.WrongOffset(elsewhere.Received);
            case { IsWhole: true } whole:
                return new UploadProgress.Advanced(whole.Outcome is null ? await FindAsync(tenant, id, cancellation) ?? whole : whole, Broken: false);
            case { } upload:
                return await writer.WriteAsync(tenant, upload, content, cancellation) is { } written
                    ? await AdvancedAsync(tenant, upload, written, cancellation)
                    : new UploadProgress.Locked();
        }
    }

    /// <summary>Forgets it with all that came. The document of one that is done stays.</summary>
    public async Task<UploadProgress> TerminateAsync(TenantId tenant, UploadId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await UploadRows.FindAsync(work, id, locked: true, cancellation) is not { } upload)
        {
            return new UploadProgress.NotFound();
        }

        if (upload.File is { } file)
        {
            await files.DiscardAsync(work, file, cancellation);
        }

        // A connection that is still sending finds its row gone with its next block.
        await work.ExecuteAsync("delete from uploads where tenant_id = $1 and id = $2", cancellation, tenant, id);
        await work.CommitAsync(cancellation);
        return new UploadProgress.Advanced(upload, Broken: false);
    }

    private async Task<UploadProgress> AdvancedAsync(TenantId tenant, Upload upload, WrittenPiece piece, CancellationToken cancellation)
    {
        var now = upload with { Received = piece.Received };
        if (now.IsWhole)
        {
            now = await finish.TryAsync(tenant, now, piece.Sha256, cancellation) ?? now;
        }

        return new UploadProgress.Advanced(now, piece.Broken);
    }

    private async Task<Upload?> LookAsync(TenantId tenant, UploadId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await UploadRows.FindAsync(work, id, locked: false, cancellation);
    }

    private async Task<string?> RefusalAsync(TenantWork work, CancellationToken cancellation)
    {
        int open = await work.ScalarAsync<int>(
            "select count(*)::int from uploads where tenant_id = $1 and outcome is null and expires_at > now()", cancellation, work.Tenant);
        return open >= options.Value.MaxOpenUploads
            ? $"{open:N0} uploads of the workspace are under way, which is the most. Finish or delete some."
            : await documents.RoomAsync(work, cancellation) <= 0 ? "The workspace holds as many documents as it may." : null;
    }
}
