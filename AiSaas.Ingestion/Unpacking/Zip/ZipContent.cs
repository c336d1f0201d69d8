using System.Buffers.Binary;
using System.IO.Compression;
using AiSaas.Ingestion.Parsing;

namespace AiSaas.Ingestion.Unpacking.Zip;

/// <summary>The content of an entry: exactly as long as the directory says and with its checksum, or an <see cref="InvalidDataException"/>.</summary>
internal sealed class ZipContent : ReadStream
{
    private const uint LocalSignature = 0x04034B50;
    private const int LocalHeaderBytes = 30;

    private readonly Stream _unpacked;
    private readonly ZipEntry _entry;
    private Crc32 _crc = new();
    private long _left;

    private ZipContent(Stream unpacked, ZipEntry entry)
    {
        _unpacked = unpacked;
        _entry = entry;
        _left = entry.Unpacked;
    }

    /// <exception cref="InvalidDataException">The entry is not where, or not what, the directory says.</exception>
    public static async Task<Stream> OpenAsync(Stream archive, ZipEntry entry, CancellationToken cancellation)
    {
        byte[] header = new byte[LocalHeaderBytes];
        archive.Position = entry.Offset;
        await archive.ReadExactlyAsync(header, cancellation);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature
            || BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(8)) != entry.Method
            || (entry.Method == ZipEntry.Stored && entry.Packed != entry.Unpacked))
        {
            throw new InvalidDataException("The entry contradicts the directory.");
        }

        long start = entry.Offset + LocalHeaderBytes
            + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26)) + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        if (start + entry.Packed > archive.Length)
        {
            throw new InvalidDataException("The entry ends behind the archive.");
        }

        archive.Position = start;
        Section packed = new(archive, entry.Packed);
        return new ZipContent(entry.Method == ZipEntry.Stored ? packed : new DeflateStream(packed, CompressionMode.Decompress), entry);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        int read = await _unpacked.ReadAsync(buffer, cancellationToken);
        if (read > _left || (read == 0 && _left > 0))
        {
            throw new InvalidDataException("The file is not as long as the directory says.");
        }

        _crc.Append(buffer.Span[..read]);
        _left -= read;
        return read == 0 && _crc.Value != _entry.Crc ? throw new InvalidDataException("The checksum is wrong.") : read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacked.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The next bytes of a stream, which stays open.</summary>
    private sealed class Section(Stream archive, long length) : ReadStream
    {
        private long _left = length;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await archive.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= read;
            return read;
        }
    }
}
