namespace AiSaas.Llm.Local.Extractive;

/// <summary>Tells the dot that ends a sentence from those of abbreviations, initials, numbers and names.</summary>
internal static class SentenceEnds
{
    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "mt", "rev", "hon", "gen", "col", "sgt", "lt", "capt", "gov", "sen", "rep",
        "vs", "etc", "approx", "no", "nos", "vol", "pp", "p", "ch", "sec", "art", "fig", "figs", "eq", "ref", "cf", "ca", "al", "ed", "eds",
        "inc", "ltd", "co", "corp", "dept", "est", "e.g", "i.e", "u.s", "u.k", "a.m", "p.m", "min", "max", "tel", "ext",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    };

    public static bool IsMark(char mark) => mark is '.' or '!' or '?' or '…' || IsCjkEnd(mark);

    private static bool IsCjkEnd(char mark) => mark is '。' or '！' or '？' or '｡';

    public static bool IsEnd(string text, int from, int at, int end)
    {
        if (IsCjkEnd(text[at]))
        {
            return true;
        }

        int next = Closed(text, at + 1, end);
        if (next >= end)
        {
            return true;
        }

        if (!char.IsWhiteSpace(text[next]))
        {
            return false; // 3.14, e.g., example.org, v2.0
        }

        while (next < end && char.IsWhiteSpace(text[next]))
        {
            next++;
        }

        if (next >= end)
        {
            return true;
        }

        if (char.IsLower(text[next]))
        {
            return false;
        }

        return text[at] != '.' || !IsAbbreviation(text, from, at, text[next]);
    }

    private static bool IsAbbreviation(string text, int from, int dot, char next)
    {
        int start = dot;
        while (start > from && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '.'))
        {
            start--;
        }

        var word = text.AsSpan(start, dot - start);

        // "J. Smith", "U.S. Army"; but "plan B." before a line's own new sentence can't be told from it, and is rarer.
        if (word.Length == 1 && char.IsUpper(word[0]))
        {
            return true;
        }

        // "1." at the start numbers a point. "No. 7" abbreviates; "no. The" does not.
        if (start == from && word.Length <= 3 && !word.ContainsAnyExceptInRange('.', '9'))
        {
            return true;
        }

        if (word is "no" or "No" or "min" or "max" or "p" or "pp" or "co" or "Fig" or "fig" or "Sec" or "sec")
        {
            return char.IsDigit(next);
        }

        return word is not ("etc" or "a.m" or "p.m") && Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);
    }

    /// <summary>Quotes, brackets and further marks that close behind an end mark belong to its sentence.</summary>
    public static int Closed(string text, int at, int end)
    {
        while (at < end && text[at] is '"' or '\'' or '”' or '’' or ')' or ']' or '」' or '』' or '.' or '!' or '?')
        {
            at++;
        }

        return Math.Min(at, end);
    }
}
