using System.Globalization;
using System.Text;

namespace AiSaas.Core.Documents;

/// <summary>Tells UTF-16 without a mark from its first bytes.</summary>
/// <remarks>Western text has a zero in every other byte. Chinese has none but for its spaces, digits and line ends: a few zeros, all on one
/// side, and letters of existing scripts is what it is told by.</remarks>
public static class WideText
{
    private const double Letters = 0.95;
    private const int Enough = 8;

    /// <returns>UTF-16 of the one or the other order; null where the bytes are something else.</returns>
    public static Encoding? Of(ReadOnlySpan<byte> head)
    {
        int even = 0, odd = 0;
        for (int i = 0; i < head.Length; i++)
        {
            if (head[i] == 0)
            {
                _ = (i & 1) == 0 ? even++ : odd++;
            }
        }

        var encoding = odd > even ? Encoding.Unicode : even > odd ? Encoding.BigEndianUnicode : null;
        bool clear = Math.Min(even, odd) <= head.Length / 100;
        return encoding is null || !clear || head.Length < 4 ? null
            : Math.Max(even, odd) > head.Length / 4 ? encoding
            : Math.Min(even, odd) == 0 && MakesSense(encoding.GetString(head[..(head.Length & ~1)])) ? encoding : null;
    }

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
