using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace AiSaas.Tests.Uploads;

/// <summary>Archives for tests: honest ones, and what can be done to their bytes.</summary>
internal static class ZipBytes
{
    public static byte[] Of(params IEnumerable<(string Name, string Text)> files) =>
        Of(files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Text))));

    public static byte[] Of(IEnumerable<(string Name, byte[] Content)> files)
    {
        using MemoryStream bytes = new();
        using (ZipArchive archive = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Changes the directory's header of the n-th entry.</summary>
    public static byte[] Patched(byte[] archive, int entry, Action<Span<byte>> change)
    {
        int at = -1;
        for (int i = 0; i <= entry; i++)
        {
            at = archive.AsSpan(at + 1).IndexOf("PK\u0001\u0002"u8) + at + 1;
        }

        change(archive.AsSpan(at));
        return archive;
    }

    public static byte[] Encrypted(byte[] archive, int entry) =>
        Patched(archive, entry, header => header[8] |= 1);

    public static byte[] Link(byte[] archive, int entry) => Patched(archive, entry, header =>
    {
        header[5] = 3;
        BinaryPrimitives.WriteUInt32LittleEndian(header[38..], 0xA1FF0000);
    });

    public static byte[] Claiming(byte[] archive, int entry, uint unpacked) =>
        Patched(archive, entry, header => BinaryPrimitives.WriteUInt32LittleEndian(header[24..], unpacked));

    /// <summary>Lets an entry lie where another lies.</summary>
    public static byte[] Moved(byte[] archive, int entry, uint offset) =>
        Patched(archive, entry, header => BinaryPrimitives.WriteUInt32LittleEndian(header[42..], offset));
}
