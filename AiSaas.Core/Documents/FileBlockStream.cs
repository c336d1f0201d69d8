using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>Reads a stored original block by block; seeking is free, so that HTTP ranges are.</summary>
/// <remarks>Holds a block and no connection: a reader who falls asleep costs a megabyte.</remarks>
internal sealed class FileBlockStream(TenantDatabase database, TenantId tenant, FileId file, long length) : Stream
{
    private byte[] _block = [];
    private long _blockOrdinal = -1;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.IsEmpty)
        {
            return 0;
        }

        long ordinal = _position / PostgresFileStore.BlockBytes;
        if (ordinal != _blockOrdinal)
        {
            _block = await FetchAsync(ordinal, cancellationToken);
            _blockOrdinal = ordinal;
        }

        var rest = _block.AsMemory((int)(_position % PostgresFileStore.BlockBytes));
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Reads from the database are asynchronous.");

    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => length + offset,
        };
        ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
        return _position = target;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async Task<byte[]> FetchAsync(long ordinal, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.ScalarAsync<byte[]>(
            "select content from file_blocks where file_id = $1 and ordinal = $2", cancellation, file, (int)ordinal)
            ?? throw new IOException("The document was deleted while it was being read.");
    }
}
