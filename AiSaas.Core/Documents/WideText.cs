using System.Globalization;
using System.Text;

namespace AiSaas.Core.Documents;

/// <summary>Tells UTF-16 without a mark from its first bytes.</summary>
/// <remarks>Western text has a zero in every other byte. Chinese has one only now and then: it is told by its spaces, line ends and full
/// stops, which stand there in one order of bytes and not in the other, and by being letters of existing scripts.</remarks>
public static class WideText
{
    private const double Letters = 0.95;
    private const double Signs = 0.01;
    private const int Enough = 8;

    /// <returns>UTF-16 of the one or the other order; null where the bytes are something else.</returns>
    public static Encoding? Of(ReadOnlySpan<byte> head)
    {
        int even = 0, odd = 0, little = 0, big = 0;
        for (int i = 0; i + 1 < head.Length; i += 2)
        {
            even += head[i] == 0 ? 1 : 0;
            odd += head[i + 1] == 0 ? 1 : 0;
            little += IsSign(head[i], head[i + 1]) ? 1 : 0;
            big += IsSign(head[i + 1], head[i]) ? 1 : 0;
        }

        if (even + odd == 0 || head.Length < 4)
        {
            return null;
        }

        if (Math.Max(even, odd) > head.Length / 4 && Math.Min(even, odd) <= head.Length / 100)
        {
            return odd > even ? Encoding.Unicode : Encoding.BigEndianUnicode;
        }

        var encoding = little > big ? Encoding.Unicode : Encoding.BigEndianUnicode;
        return little != big && Math.Max(little, big) >= Math.Max(1, head.Length / 2 * Signs)
            && MakesSense(encoding.GetString(head[..(head.Length & ~1)])) ? encoding : null;
    }

    // Line ends, printable ASCII, and the full stops and commas of Chinese and Japanese.
    private static bool IsSign(byte low, byte high) => high switch
    {
        0 => low is 0x0A or 0x0D or >= 0x20 and < 0x7F,
        0x30 => low is 0x01 or 0x02,
        _ => high == 0xFF && low == 0x0C,
    };

    private static bool MakesSense(string text)
    {
        int sensible = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            var category = CharUnicodeInfo.GetUnicodeCategory(text, i);
            sensible += category is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.Control)
                || text[i] is '\n' or '\r' or '\t' ? pair ? 2 : 1 : 0;
            i += pair ? 1 : 0;
        }

        return text.Length >= Enough && sensible >= text.Length * Letters;
    }
}
