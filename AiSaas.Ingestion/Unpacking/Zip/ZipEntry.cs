using System.Buffers.Binary;
using System.Text;

namespace AiSaas.Ingestion.Unpacking.Zip;

/// <summary>A file as the archive's directory tells of it.</summary>
/// <param name="Offset">Of its local header, from the start of the file.</param>
/// <param name="Refusal">Why it can't be opened; null where it can.</param>
internal sealed record ZipEntry(string Name, int Method, uint Crc, long Packed, long Unpacked, long Offset, string? Refusal)
{
    public const int Stored = 0;
    public const int Deflated = 8;

    private const uint Signature = 0x02014B50;
    private const int HeaderBytes = 46;
    private const int EncryptedFlag = 1;
    private const int Utf8Flag = 1 << 11;
    private const int Aes = 99;

    private static readonly Encoding Strict = new UTF8Encoding(false, throwOnInvalidBytes: true);

    // In the framework, but not registered by itself. What names are written in unless they say otherwise.
    private static readonly Encoding Dos = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    public bool IsFolder => Name.EndsWith('/') || Name.EndsWith('\\');

    /// <summary>What only operating systems have use for.</summary>
    public bool IsJunk => Name.StartsWith("__MACOSX/", StringComparison.Ordinal)
        || Name[(Name.LastIndexOf('/') + 1)..] is ".DS_Store" or "Thumbs.db" or "desktop.ini";

    /// <summary>Reads one entry of the directory.</summary>
    /// <param name="directory">The directory from here on.</param>
    /// <param name="shift">Bytes in front of the archive that its offsets don't count.</param>
    /// <param name="length">Of the entry.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ZipEntry Read(ReadOnlySpan<byte> directory, long shift, out int length)
    {
        if (directory.Length < HeaderBytes || U32(directory) != Signature)
        {
            throw new InvalidDataException("No directory entry.");
        }

        int name = U16(directory[28..]), extra = U16(directory[30..]), comment = U16(directory[32..]);
        length = HeaderBytes + name + extra + comment;
        if (directory.Length < length)
        {
            throw new InvalidDataException("A directory entry is cut off.");
        }

        var extras = directory.Slice(HeaderBytes + name, extra);
        int flags = U16(directory[8..]), method = U16(directory[10..]);
        long unpacked = U32(directory[24..]), packed = U32(directory[20..]), offset = U32(directory[42..]);
        Widen(extras, ref unpacked, ref packed, ref offset);
        if (unpacked < 0 || packed < 0 || offset < 0)
        {
            throw new InvalidDataException("Sizes beyond all files.");
        }

        return new ZipEntry(
            NameOf(directory.Slice(HeaderBytes, name), extras, flags), method, U32(directory[16..]), packed, unpacked, offset + shift,
            RefusalOf(flags, method, U16(directory[4..]) >> 8, U32(directory[38..]) >> 16));
    }

    private static string? RefusalOf(int flags, int method, int system, uint mode) => (mode & 0xF000) switch
    {
        0xA000 when IsUnix(system) => "a link to another place",
        not (0 or 0x8000 or 0x4000) when IsUnix(system) => "no regular file",
        _ when (flags & EncryptedFlag) != 0 || method == Aes => "encrypted",
        _ when method is not (Stored or Deflated) => $"packed by a method that is not read here ({method})",
        _ => null,
    };

    private static bool IsUnix(int system) => system is 3 or 19;

    // ZIP64: what does not fit its field stands in the extra field, in this order.
    private static void Widen(ReadOnlySpan<byte> extras, ref long unpacked, ref long packed, ref long offset)
    {
        var wide = Extra(extras, 0x0001);
        Take(ref wide, ref unpacked);
        Take(ref wide, ref packed);
        Take(ref wide, ref offset);

        static void Take(ref ReadOnlySpan<byte> wide, ref long value)
        {
            if (value == uint.MaxValue && wide.Length >= 8)
            {
                value = BinaryPrimitives.ReadInt64LittleEndian(wide);
                wide = wide[8..];
            }
        }
    }

    private static string NameOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extras, int flags)
    {
        // Info-ZIP's: version, checksum of the other name, name.
        if ((flags & Utf8Flag) == 0 && Extra(extras, 0x7075) is [1, _, _, _, _, .. var unicode])
        {
            return Encoding.UTF8.GetString(unicode);
        }

        try
        {
            // Many a program writes UTF-8 without saying so; nothing else looks like it.
            return Strict.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            return ((flags & Utf8Flag) != 0 ? Encoding.UTF8 : Dos).GetString(name);
        }
    }

    private static ReadOnlySpan<byte> Extra(ReadOnlySpan<byte> extras, int id)
    {
        while (extras.Length >= 4)
        {
            int length = U16(extras[2..]);
            if (length > extras.Length - 4)
            {
                break;
            }

            if (U16(extras) == id)
            {
                return extras.Slice(4, length);
            }

            extras = extras[(4 + length)..];
        }

        return [];
    }

    private static int U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
