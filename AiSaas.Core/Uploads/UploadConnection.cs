using System.Security.Cryptography;
using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Uploads;

/// <param name="Received">Bytes of the whole file that are stored now.</param>
/// <param name="Sha256">Of the whole file, where all of it came over this connection.</param>
/// <param name="Broken">The sender's connection broke.</param>
internal sealed record WrittenPiece(long Received, byte[]? Sha256, bool Broken);

/// <summary>Writes what one connection brings into the file store, block by block.</summary>
/// <remarks>
/// Holds one block, whatever the file's size. What came is stored when the block is full, when nothing more comes for a while, and
/// when the connection ends or breaks: at most a few seconds are sent twice. Each write moves <c>uploads.received</c> from where
/// this connection left it, in the block's own transaction, so two connections can never mix.
/// </remarks>
internal sealed class UploadConnection(
    TenantDatabase database, IFileStore files, TimeSpan lifetime, TimeProvider time, TenantId tenant, Upload upload, Guid writer)
{
    private static readonly TimeSpan WriteAtLeastEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(10);

    private readonly byte[] _block = new byte[IFileStore.BlockBytes];
    private readonly IncrementalHash? _hash = upload.Received == 0 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private long _received = upload.Received;

    // Of the block: how much is stored, and how much has come.
    private int _stored = (int)(upload.Received % IFileStore.BlockBytes);
    private int _filled = (int)(upload.Received % IFileStore.BlockBytes);

    private long Came => _received + _filled - _stored;

    public async Task<WrittenPiece> CopyAsync(Stream content, CancellationToken cancellation)
    {
        bool broken = false;
        try
        {
            await ReadAsync(content, cancellation);
        }
        catch (Exception fault) when (fault is IOException || (fault is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            // Kestrel's BadHttpRequestException is an IOException too.
            broken = true;
        }

        using CancellationTokenSource limit = new(LastWrite, time);
        bool held = await StoreAsync(limit.Token);
        byte[]? hash = held && _received == upload.Bytes ? _hash?.GetHashAndReset() : null;
        _hash?.Dispose();
        return new WrittenPiece(_received, hash, broken || !held);
    }

    private async Task ReadAsync(Stream content, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task? due = null;
        try
        {
            while (Came < upload.Bytes)
            {
                int most = (int)Math.Min(_block.Length - _filled, upload.Bytes - Came);
                var reading = content.ReadAsync(_block.AsMemory(_filled, most), cancellation).AsTask();
                while (!reading.IsCompleted)
                {
                    due ??= Task.Delay(WriteAtLeastEvery, time, ending.Token);
                    // What is stored meanwhile lies before what is being read.
                    if (await Task.WhenAny(reading, due) == due && !reading.IsCompleted)
                    {
                        due = null;
                        if (!await StoreAsync(cancellation))
                        {
                            return;
                        }
                    }
                }

                int read = await reading;
                if (read == 0)
                {
                    return;
                }

                _hash?.AppendData(_block, _filled, read);
                _filled += read;
                if (_filled == _block.Length && !await StoreAsync(cancellation))
                {
                    return;
                }
            }
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    /// <summary>Stores what came since the last time; also says that this connection lives.</summary>
    /// <returns>False where the upload is not this connection's any more.</returns>
    private async Task<bool> StoreAsync(CancellationToken cancellation)
    {
        var piece = _block.AsMemory(_stored, _filled - _stored);
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await UploadRows.AdvanceAsync(work, upload.Id, writer, _received, _received + piece.Length, lifetime, cancellation))
        {
            return false;
        }

        await files.AppendAsync(work, upload.File!.Value, _received, piece, time.GetUtcNow() + lifetime, cancellation);
        await work.CommitAsync(cancellation);
        _received += piece.Length;
        _stored = _filled;
        if (_filled == _block.Length)
        {
            _stored = _filled = 0;
        }

        return true;
    }
}
