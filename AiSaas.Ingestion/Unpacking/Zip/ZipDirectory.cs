using System.Buffers.Binary;
using AiSaas.Ingestion.Parsing;

namespace AiSaas.Ingestion.Unpacking.Zip;

/// <summary>What an archive says of itself, checked before any of it is unpacked.</summary>
/// <remarks>
/// Our own reader instead of the framework's, since three things must be known that it doesn't tell: where each entry lies (entries
/// that lie over each other are how a megabyte becomes a petabyte), which are links, and which names were written in what encoding.
/// <code>
/// [local header, data] [local header, data] … [directory] [zip64 end, locator]? [end, comment]
///  1. the end is searched from the back    2. the directory is read whole, if it is small enough    3. its claims are held
///  against each other and the limits       4. ZipContent holds each file against its claim
/// </code>
/// </remarks>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054B50;
    private const uint WideLocatorSignature = 0x07064B50;
    private const uint WideEndSignature = 0x06064B50;
    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private const int WideEndBytes = 56;
    private const int LongestComment = ushort.MaxValue;
    private const int LocalHeaderBytes = 30;

    // Folders and what is passed over count as well; an entry has about a hundred bytes.
    private const int DirectoryBytesPerFile = 2_000;

    /// <returns>The entries but for folders, in the order in which they lie in the file.</returns>
    /// <exception cref="DocumentFaultException">Damaged, too much, or a bomb.</exception>
    public static async Task<IReadOnlyList<ZipEntry>> ReadAsync(Stream archive, UnpackingOptions options, CancellationToken cancellation)
    {
        try
        {
            var (start, bytes, shift) = await FindAsync(archive, cancellation);
            if (bytes > (long)DirectoryBytesPerFile * options.MaxFiles)
            {
                throw TooMany(options);
            }

            byte[] directory = await ReadAsync(archive, start, (int)bytes, cancellation);
            List<ZipEntry> entries = [];
            for (int at = 0; at < directory.Length;)
            {
                var entry = ZipEntry.Read(directory.AsSpan(at), shift, out int length);
                at += length;
                if (!entry.IsFolder)
                {
                    entries.Add(entry);
                }
            }

            Check(entries, start, options);
            return entries;
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException)
        {
            throw DocumentFaultException.Damaged("This ZIP archive");
        }
    }

    private static void Check(List<ZipEntry> entries, long end, UnpackingOptions options)
    {
        if (entries.Count > options.MaxFiles)
        {
            throw TooMany(options);
        }

        entries.Sort((one, other) => one.Offset.CompareTo(other.Offset));
        long unpacked = 0, free = 0;
        foreach (var entry in entries)
        {
            unpacked += Math.Min(entry.Unpacked, options.MaxBytes + 1);
            if (entry.Offset < free || entry.Packed > end || entry.Offset + LocalHeaderBytes + entry.Packed > end)
            {
                throw entry.Offset < free
                    ? TooLarge("The files of this archive lie over each other, as only those of a bomb do, so it was not opened.")
                    : new InvalidDataException("Beyond the directory.");
            }

            free = entry.Offset + LocalHeaderBytes + entry.Packed;
            if (unpacked > options.MaxBytes)
            {
                throw TooLarge($"This archive unpacks to more than {options.MaxBytes >> 20:N0} MB, which is the most, so it was not opened. Split it into several.");
            }
        }
    }

    /// <returns>Where the directory begins, its length, and how many bytes stand in front of the archive.</returns>
    private static async Task<(long Start, long Bytes, long Shift)> FindAsync(Stream archive, CancellationToken cancellation)
    {
        int tail = (int)Math.Min(archive.Length, EndBytes + LongestComment);
        byte[] end = await ReadAsync(archive, archive.Length - tail, tail, cancellation);
        for (int at = tail - EndBytes; at >= 0; at--)
        {
            if (U32(end, at) == EndSignature && U16(end, at + 20) <= tail - at - EndBytes)
            {
                long position = archive.Length - tail + at;
                long bytes = U32(end, at + 12), claimed = U32(end, at + 16);
                if (U16(end, at + 4) != 0 && U16(end, at + 4) != ushort.MaxValue)
                {
                    throw new InvalidDataException("One of several disks.");
                }

                if (position >= LocatorBytes && (bytes == uint.MaxValue || claimed == uint.MaxValue || U16(end, at + 10) == ushort.MaxValue)
                    && await WideAsync(archive, position, cancellation) is { } wide)
                {
                    (position, bytes, claimed) = wide;
                }

                long start = position - bytes;
                return bytes < 0 || start < 0 || claimed < 0 || claimed > start
                    ? throw new InvalidDataException("The directory is not where it should be.")
                    : (start, bytes, start - claimed);
            }
        }

        throw new InvalidDataException("No end of a directory.");
    }

    private static async Task<(long Position, long Bytes, long Claimed)?> WideAsync(Stream archive, long end, CancellationToken cancellation)
    {
        byte[] locator = await ReadAsync(archive, end - LocatorBytes, LocatorBytes, cancellation);
        if (U32(locator, 0) != WideLocatorSignature)
        {
            return null;
        }

        long at = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        // With something in front of the archive the locator's offset is wrong; the record then stands right before it.
        foreach (long place in (long[])[at, end - LocatorBytes - WideEndBytes])
        {
            if (place >= 0 && place <= end - LocatorBytes - WideEndBytes)
            {
                byte[] wide = await ReadAsync(archive, place, WideEndBytes, cancellation);
                if (U32(wide, 0) == WideEndSignature)
                {
                    return (place, BinaryPrimitives.ReadInt64LittleEndian(wide.AsSpan(40)), BinaryPrimitives.ReadInt64LittleEndian(wide.AsSpan(48)));
                }
            }
        }

        throw new InvalidDataException("No wide end of a directory.");
    }

    private static async Task<byte[]> ReadAsync(Stream archive, long at, int count, CancellationToken cancellation)
    {
        byte[] bytes = new byte[count];
        archive.Position = at;
        await archive.ReadExactlyAsync(bytes, cancellation);
        return bytes;
    }

    private static DocumentFaultException TooMany(UnpackingOptions options) => new(
        "documents:too-many-files", $"This archive holds more than {options.MaxFiles:N0} files, which is the most. Split it into several.");

    private static DocumentFaultException TooLarge(string detail) => new("documents:unpacks-too-large", detail);

    private static int U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
