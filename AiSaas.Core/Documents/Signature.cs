namespace AiSaas.Core.Documents;

/// <summary>Tells text from binary formats by the first bytes.</summary>
internal static class Signature
{
    public const string Pdf = "a PDF";
    public const string Zip = "a ZIP archive";
    private const string Program = "a program";
    private const string Picture = "a picture";
    private const string Archive = "a compressed archive";
    private const string RichText = "a Rich Text file";
    private const string Office = "an old or password-locked Office file";

    /// <returns>What the content is, in words; null where it reads as text.</returns>
    public static string? Of(ReadOnlySpan<byte> head)
    {
        // Readers accept a PDF whose mark stands within the first kilobyte.
        if (head[..Math.Min(head.Length, 1024)].IndexOf("%PDF-"u8) >= 0)
        {
            return Pdf;
        }

        return Known(head) ?? (IsText(head) ? null : "binary data");
    }

    private static string? Known(ReadOnlySpan<byte> head) => head switch
    {
        [0x50, 0x4B, 0x03, 0x04, ..] or [0x50, 0x4B, 0x05, 0x06, ..] => Zip,
        [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] or [(byte)'M', (byte)'Z', ..] when !IsText(head) => Program,
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..] => Picture,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => Picture,
        [0x1F, 0x8B, ..] or [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] or [0x37, 0x7A, 0xBC, 0xAF, ..] => Archive,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Office,
        [(byte)'{', (byte)'\\', (byte)'r', (byte)'t', (byte)'f', ..] => RichText,
        _ => null,
    };

    /// <summary>Text has no control characters but layout's; UTF-16 is told by its mark, or by zeros on one side only.</summary>
    public static bool IsText(ReadOnlySpan<byte> head)
    {
        if (head is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            return true;
        }

        int controls = 0;
        bool zeros = false;
        foreach (byte value in head)
        {
            zeros |= value == 0;
            controls += value is > 0 and < 0x20 and not (9 or 10 or 12 or 13 or 27) ? 1 : 0;
        }

        // In UTF-16, one half of a letter may well look like a control character.
        return (!zeros && controls <= head.Length / 200) || WideText.Of(head) is not null;
    }
}
