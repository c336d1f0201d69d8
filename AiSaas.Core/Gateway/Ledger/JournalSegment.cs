using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;

namespace AiSaas.Core.Gateway.Ledger;

internal enum JournalRecordKind : byte
{
    None,

    /// <summary>The row that stands if nothing more is heard of the call.</summary>
    Begun,

    /// <summary>The row as the call ended.</summary>
    Ended,
}

/// <summary>One file of a journal, mapped into memory: what is written here survives this process's death, without a system call.</summary>
/// <remarks>
/// Layout: magic, number (12 bytes); then records of length (4), checksum (4), kind (1), bytes. The first that does not check out is the end.
/// The checksum starts from the segment's number, so that what an earlier use of the file left behind never checks out.
/// Writing is the journal's, under its lock. The file's blocks are allocated beforehand: a full disk fails here, not at a write to memory.
/// </remarks>
internal sealed class JournalSegment : IDisposable
{
    public const string Extension = ".calls";

    private const int Header = 12;

    private const int Frame = 9;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly int _size;
    private int _end = Header;

    private JournalSegment(string path, int size, MemoryMappedFile file) =>
        (Path, _size, _file, _view) = (path, size, file, file.CreateViewAccessor(0, size));

    public string Path { get; private set; }

    public uint Number { get; private set; }

    /// <summary>Records in here that Postgres doesn't have yet. Guarded by the journal's lock.</summary>
    public int Pinned { get; set; }

    /// <exception cref="IOException">No room, or no access.</exception>
    public static JournalSegment Create(string folder, uint number, int size)
    {
        string path = PathOf(folder, number);
        using (FileStream file = new(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            PreallocationSize = size,
        }))
        {
            file.SetLength(size);
        }

        JournalSegment segment = new(path, size, MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, size));
        segment.Begin(number);
        return segment;
    }

    /// <summary>Uses the file again: its blocks and pages are at hand.</summary>
    public void Recycle(string folder, uint number)
    {
        string path = PathOf(folder, number);
        Begin(number);
        File.Move(Path, path);
        Path = path;
    }

    /// <returns>Where the record's bytes lie; -1 when it doesn't fit.</returns>
    public int TryAppend_NeedsLock(JournalRecordKind kind, ReadOnlySpan<byte> record)
    {
        if (_end + Frame + record.Length > _size)
        {
            return -1;
        }

        Span<byte> frame = stackalloc byte[Frame];
        BinaryPrimitives.WriteInt32LittleEndian(frame, record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], Checksum(Number, (byte)kind, record));
        frame[8] = (byte)kind;
        var memory = _view.SafeMemoryMappedViewHandle;
        memory.WriteSpan<byte>((ulong)(_end + Frame), record);
        memory.WriteSpan<byte>((ulong)_end, frame);
        int offset = _end + Frame;
        _end = offset + record.Length;
        Pinned++;
        return offset;
    }

    public void Read(int offset, Span<byte> record) => _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, record);

    /// <summary>Reads a dead process's segment.</summary>
    public static IEnumerable<(JournalRecordKind Kind, byte[] Record)> ReadAll(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < Header || !bytes.AsSpan(0, 8).SequenceEqual(Magic))
        {
            yield break;
        }

        uint number = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        int at = Header;
        while (at + Frame <= bytes.Length)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            byte kind = bytes[at + 8];
            if (length <= 0 || length > bytes.Length - at - Frame
                || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4)) != Checksum(number, kind, bytes.AsSpan(at + Frame, length)))
            {
                yield break;
            }

            yield return ((JournalRecordKind)kind, bytes.AsSpan(at + Frame, length).ToArray());
            at += Frame + length;
        }
    }

    public void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static ReadOnlySpan<byte> Magic => "AISAASJ1"u8;

    private static string PathOf(string folder, uint number) => System.IO.Path.Combine(folder, $"{number:d10}{Extension}");

    private void Begin(uint number)
    {
        Span<byte> header = stackalloc byte[Header];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], number);
        _view.SafeMemoryMappedViewHandle.WriteSpan<byte>(0, header);
        (Number, _end, Pinned) = (number, Header, 0);
    }

    private static uint Checksum(uint seed, byte kind, ReadOnlySpan<byte> record)
    {
        uint sum = BitOperations.Crc32C(~seed, kind);
        while (record.Length >= sizeof(ulong))
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(record));
            record = record[sizeof(ulong)..];
        }

        foreach (byte one in record)
        {
            sum = BitOperations.Crc32C(sum, one);
        }

        return sum;
    }
}
