using System.Buffers;

namespace AiSaas.Ingestion.Parsing;

/// <summary>Finds places where text may be cut without hurting it.</summary>
internal static class TextCuts
{
    // A place this early in the piece is better than a torn sentence.
    private const int Earliest = 4;

    /// <summary>The best place to cut in (<paramref name="start"/>, <paramref name="limit"/>]: after a paragraph, a sentence, a line, a
    /// word, or, where there is none, between two characters that belong apart.</summary>
    /// <param name="text">The whole.</param>
    /// <param name="start">Where the piece begins.</param>
    /// <param name="limit">Where it ends at the latest.</param>
    /// <param name="byLines">Lines count for more than sentences: code, rows.</param>
    /// <returns>Where the next piece starts; more than <paramref name="start"/> and at most <paramref name="limit"/>.</returns>
    public static int Before(string text, int start, int limit, bool byLines = false)
    {
        if (limit >= text.Length)
        {
            return text.Length;
        }

        int half = start + ((limit - start) / 2);
        int line = text.LastIndexOf('\n', limit - 1, limit - half);
        if (line > half && (byLines || (line > 0 && text[line - 1] == '\n')))
        {
            return line + 1;
        }

        int word = -1;
        for (int i = limit; i > start + ((limit - start) / Earliest); i--)
        {
            if (EndsSentence(text, i - 1))
            {
                return i;
            }

            if (word < 0 && i > half && char.IsWhiteSpace(text[i - 1]))
            {
                word = i;
            }
        }

        return line > half ? line + 1 : word > 0 ? word : BetweenCharacters(text, start, limit);
    }

    /// <summary>True where a sentence ends at this character and another may begin after it.</summary>
    public static bool EndsSentence(string text, int index)
    {
        int mark = index;
        while (mark > 0 && IsCloser(text[mark]))
        {
            mark--;
        }

        if (IsUnspacedEnd(text[mark]))
        {
            // Quotes and brackets that close behind the mark go with it.
            return index + 1 >= text.Length || !(IsCloser(text[index + 1]) || IsUnspacedEnd(text[index + 1]));
        }

        if (text[mark] is not ('.' or '!' or '?' or '…' or '؟' or '۔' or '।') || (index + 1 < text.Length && !char.IsWhiteSpace(text[index + 1])))
        {
            return false;
        }

        return text[mark] != '.' || !(IsAbbreviation(text, mark) || GoesOn(text, index + 1));
    }

    private static bool IsCloser(char letter) => letter is '"' or '”' or '’' or '\'' or ')' or ']' or '»' or '」' or '』' or '）' or '】' or '》';

    private static bool IsUnspacedEnd(char letter) => letter is '。' or '！' or '？' or '｡' or '．';

    // A sentence doesn't begin in lower case.
    private static bool GoesOn(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at < text.Length && char.IsLower(text[at]);
    }

    // "e.g.", "Dr.", "J. Smith", "No. 5", "am 5. Mai": a full stop after a short or known word or a small number doesn't end a sentence.
    private static bool IsAbbreviation(string text, int stop)
    {
        int start = stop;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '.') && stop - start < 8)
        {
            start--;
        }

        var word = text.AsSpan(start, stop - start);
        if (word.Length == 1)
        {
            return char.IsUpper(word[0]) || char.IsDigit(word[0]);
        }

        if (word.Length == 2 && char.IsDigit(word[0]) && char.IsDigit(word[1]))
        {
            return true;
        }

        bool numbers = stop + 2 < text.Length && char.IsDigit(text[stop + 2]) && word is "no" or "No" or "art" or "Art" or "Nr" or "nr" or "para";
        return numbers || (word.Contains('.') && word.ContainsAnyExcept(Figures))
            || Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);
    }

    // Never inside a surrogate pair, before a combining mark, or at a joiner.
    private static int BetweenCharacters(string text, int start, int limit)
    {
        int cut = limit;
        while (cut > start + 1 && limit - cut < 64 && JoinsPrevious(text, cut))
        {
            cut--;
        }

        return !JoinsPrevious(text, cut) ? cut : char.IsLowSurrogate(text[limit]) ? Math.Max(limit - 1, start + 1) : limit;
    }

    private static bool JoinsPrevious(string text, int index) =>
        char.IsLowSurrogate(text[index])
        || text[index] is '\u200D' or (>= '\uFE00' and <= '\uFE0F')
        || text[index - 1] == '\u200D'
        || char.GetUnicodeCategory(text[index]) is System.Globalization.UnicodeCategory.NonSpacingMark
            or System.Globalization.UnicodeCategory.SpacingCombiningMark or System.Globalization.UnicodeCategory.EnclosingMark;

    private static readonly SearchValues<char> Figures = SearchValues.Create("0123456789.");

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "dr", "mr", "mrs", "ms", "prof", "st", "nos", "fig", "figs", "sec", "ch", "vol", "pp", "ed", "eds", "al", "cf",
        "vs", "bzw", "ca", "usw", "vgl", "inc", "ltd", "co", "corp", "dept", "approx", "resp", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "oct", "nov", "dec",
    };
}
