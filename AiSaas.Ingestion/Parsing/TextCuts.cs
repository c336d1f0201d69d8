namespace AiSaas.Ingestion.Parsing;

/// <summary>Finds places where text may be cut without hurting it.</summary>
internal static class TextCuts
{
    /// <summary>The best place to cut in (<paramref name="start"/>, <paramref name="limit"/>]: after a paragraph, a sentence, a
    /// word, or, where there is none in the second half, between two characters that belong apart.</summary>
    /// <returns>Where the next piece starts; more than <paramref name="start"/> and at most <paramref name="limit"/>.</returns>
    public static int Before(string text, int start, int limit)
    {
        if (limit >= text.Length)
        {
            return text.Length;
        }

        int half = start + ((limit - start) / 2);
        int line = text.LastIndexOf('\n', limit - 1, limit - half);
        if (line > half)
        {
            return line + 1;
        }

        int word = -1;
        for (int i = limit; i > half; i--)
        {
            if (EndsSentence(text, i - 1))
            {
                return i;
            }

            if (word < 0 && char.IsWhiteSpace(text[i - 1]))
            {
                word = i;
            }
        }

        return word > 0 ? word : BetweenCharacters(text, start, limit);
    }

    /// <summary>True where a sentence ends at this character and another may begin after it.</summary>
    public static bool EndsSentence(string text, int index)
    {
        char letter = text[index];
        if (letter is '。' or '！' or '？' or '؟' or '।')
        {
            return true;
        }

        if (letter is not ('.' or '!' or '?' or '…' or '"' or '”' or '’' or ')' or ']')
            || (index + 1 < text.Length && !char.IsWhiteSpace(text[index + 1])))
        {
            return false;
        }

        int mark = index;
        while (mark > 0 && text[mark] is '"' or '”' or '’' or ')' or ']')
        {
            mark--;
        }

        return text[mark] is '!' or '?' or '…' || (text[mark] == '.' && !IsAbbreviation(text, mark));
    }

    // "e.g.", "Dr.", "J. Smith", "No. 5": a full stop after a short or known word doesn't end a sentence.
    private static bool IsAbbreviation(string text, int stop)
    {
        int start = stop;
        while (start > 0 && (char.IsLetter(text[start - 1]) || text[start - 1] == '.') && stop - start < 8)
        {
            start--;
        }

        var word = text.AsSpan(start, stop - start);
        if (word.Length == 1)
        {
            return char.IsUpper(word[0]);
        }

        return word.Contains('.') || Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);
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

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "dr", "mr", "mrs", "ms", "prof", "st", "nos", "fig", "figs", "sec", "ch", "vol", "pp", "ed", "eds", "al", "cf",
        "vs", "inc", "ltd", "co", "corp", "dept", "approx", "resp", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "oct", "nov", "dec",
    };
}
