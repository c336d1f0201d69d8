using System.Buffers;
using System.Text.RegularExpressions;

namespace AiSaas.Llm.Local.Extractive;

/// <summary>Finds sentences in prose, lists, headings and text that a PDF broke into lines.</summary>
/// <remarks>
/// 1. Blocks end at empty lines, before list items, around headings and rows of tables; other line breaks are only layout.
/// 2. Within a block a sentence ends at <c>.</c> <c>!</c> <c>?</c> or a CJK full stop, with closing quotes and brackets,
///    unless the dot belongs to an abbreviation, an initial, a number or a name.
/// </remarks>
internal static partial class SentenceSplitter
{
    private static readonly SearchValues<char> Rule = SearchValues.Create("|-:=+ \t");

    /// <summary>A text without any end mark is cut at spaces, so that one quote stays readable.</summary>
    private const int LongestSentence = 600;

    private const int LongestHeading = 80;

    public static List<SentenceSpan> Split(string text)
    {
        List<SentenceSpan> sentences = [];
        int blockStart = -1, blockEnd = 0;
        SentenceKind blockKind = SentenceKind.Prose;
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end;
            var line = text.AsSpan(at, end - at).Trim();
            bool item = ListMarker().IsMatch(line), row = !item && IsRow(line, Following(text, end));
            bool heading = !item && !row && IsHeading(text, at, end, blockStart >= 0);
            if (line.IsEmpty || item || row || heading)
            {
                Flush();
            }

            if (heading || row)
            {
                // A line that only draws a table's rule says nothing.
                Add(sentences, text, at, line.ContainsAnyExcept(Rule) ? end : at, heading ? SentenceKind.Heading : SentenceKind.Row);
            }
            else if (!line.IsEmpty)
            {
                if (blockStart < 0)
                {
                    (blockStart, blockKind) = (at, item ? SentenceKind.ListItem : SentenceKind.Prose);
                }

                blockEnd = end;
            }

            at = end + 1;
        }

        Flush();
        return sentences;

        void Flush()
        {
            if (blockStart >= 0)
            {
                SplitBlock(sentences, text, blockStart, blockEnd, blockKind);
            }

            blockStart = -1;
        }
    }

    // "| a | b |", columns by tabs or wide gaps, or "Weight: 41.5 kg" above another line that begins anew.
    private static bool IsRow(ReadOnlySpan<char> line, ReadOnlySpan<char> following) =>
        line.StartsWith('|') || line.Contains('\t') || Columns().IsMatch(line)
        || (line.Length <= LongestHeading && KeyAndValue().IsMatch(line) && !SentenceEnds.IsMark(line[^1]) && (following.IsEmpty || !char.IsLower(following[0])));

    private static ReadOnlySpan<char> Following(string text, int end)
    {
        int next = Math.Min(end + 1, text.Length), nextEnd = text.IndexOf('\n', next);
        return text.AsSpan(next, (nextEnd < 0 ? text.Length : nextEnd) - next).Trim();
    }

    // Short, no end mark, begins like a title, and stands alone or above something that begins anew.
    private static bool IsHeading(string text, int start, int end, bool insideBlock)
    {
        var line = text.AsSpan(start, end - start).Trim();
        if (line.StartsWith('#'))
        {
            return true;
        }

        if (line.Length is 0 or > LongestHeading || insideBlock || SentenceEnds.IsMark(line[^1]) || line[^1] is ':' or ';' or ',' or '-' || line.Contains(": ", StringComparison.Ordinal))
        {
            return false;
        }

        // A last line is a heading only if it is no fact: "24 months" may be one.
        if (end + 1 >= text.Length)
        {
            return false;
        }

        var following = Following(text, end);
        char first = line[0];
        return following.IsEmpty ? char.IsUpper(first) || char.IsDigit(first) : char.IsUpper(first) && IsTitleCase(line) && char.IsUpper(following[0]);
    }

    private static bool IsTitleCase(ReadOnlySpan<char> line)
    {
        int words = 0, capitals = 0;
        foreach (var range in line.Split(' '))
        {
            var word = line[range];
            if (word.Length > 3)
            {
                words++;
                capitals += char.IsUpper(word[0]) ? 1 : 0;
            }
        }

        return words is > 0 and <= 10 && capitals == words;
    }

    private static void SplitBlock(List<SentenceSpan> sentences, string text, int start, int end, SentenceKind kind)
    {
        // The mark of a list item is layout, not a part of what it says.
        int from = kind == SentenceKind.ListItem ? start + ListMarker().Match(text[start..end]).Length - 1 : start, lastSpace = -1;
        for (int at = from; at < end; at++)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                lastSpace = at;
            }

            bool tooLong = at - from >= LongestSentence;
            if (tooLong || (SentenceEnds.IsMark(text[at]) && SentenceEnds.IsEnd(text, from, at, end)))
            {
                int until = tooLong ? lastSpace > from ? lastSpace : at : SentenceEnds.Closed(text, at + 1, end);
                Add(sentences, text, from, until, kind);
                (from, at) = (until, Math.Max(at, until - 1));
            }
        }

        Add(sentences, text, from, end, kind);
    }

    private static void Add(List<SentenceSpan> sentences, string text, int start, int end, SentenceKind kind)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        if (end > start)
        {
            sentences.Add(new(start, end, kind));
        }
    }

    [GeneratedRegex(@"^\s*(?:[-*•▪◦‣–]|\(?(?:\d{1,2}|[a-z])[.)])\s+\S")]
    private static partial Regex ListMarker();

    [GeneratedRegex(@"\S {3,}\S.* {3,}\S")]
    private static partial Regex Columns();

    [GeneratedRegex(@"^[^:.!?]{2,40}:\s+\S")]
    private static partial Regex KeyAndValue();
}
