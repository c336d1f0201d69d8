using System.Text;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>Finds the lines of a page that its outline names: those are its headings, whatever they look like.</summary>
/// <remarks>
/// A line, or up to four in a row, that has the entry's letters is its heading; numbers and a word like "Chapter" before them don't
/// count, and on lines of their own they go with it. Of several the tallest one is. An entry without a line opens its section at the top of the page, or, below one that has its
/// line, at the page's end.
/// </remarks>
internal sealed class OutlineHeadings
{
    private const int MostLines = 4;

    // A page has a few sections; an outline that leads to one page ten thousand times is no outline.
    private const int MostEntries = 200;

    private static readonly HashSet<string> Counted = new(StringComparer.OrdinalIgnoreCase)
    {
        "chapter", "section", "appendix", "part", "annex", "book", "kapitel", "teil", "anhang", "chapitre", "capítulo", "luku", "§",
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
        "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    };

    private readonly Dictionary<PdfLine, (int Level, bool Continues)> _lines = new(ReferenceEqualityComparer.Instance);

    public OutlineHeadings(IEnumerable<OutlineEntry> entries, IReadOnlyList<PdfLine> lines)
    {
        string[] letters = [.. lines.Select(line => Letters(line.Text))];
        foreach (var entry in entries.Take(MostEntries))
        {
            if (!Find(entry, lines, letters))
            {
                (_lines.Count == 0 ? Above : Below).Add(entry);
            }

            Last = entry.Level;
        }
    }

    /// <summary>Entries whose sections begin at the top of the page.</summary>
    public List<OutlineEntry> Above { get; } = [];

    /// <summary>Entries whose sections begin somewhere on the page: from its end on at the latest.</summary>
    public List<OutlineEntry> Below { get; } = [];

    /// <summary>The level of the page's last entry; 0 where it has none.</summary>
    public int Last { get; }

    /// <returns>Level of the heading that this line is or goes on with; null where the outline doesn't name it.</returns>
    public (int Level, bool Continues)? Of(PdfLine line) => _lines.TryGetValue(line, out var found) ? found : null;

    private bool Find(OutlineEntry entry, IReadOnlyList<PdfLine> lines, string[] letters)
    {
        string wanted = Letters(entry.Title);
        (int First, int Count)? best = null;
        for (int i = 0; wanted.Length > 0 && i < lines.Count; i++)
        {
            if (!_lines.ContainsKey(lines[i]) && Count(wanted, letters, i) is { } count
                && (best is null || lines[i].Height > lines[best.Value.First].Height + 0.5))
            {
                best = (i, count);
            }
        }

        if (best is not var (start, length))
        {
            return false;
        }

        for (int i = 0; i < length; i++)
        {
            _lines[lines[start + i]] = (entry.Level, Continues: i > 0);
        }

        // "CHAPTER", "TWO", "1.1.12" above or beside it.
        for (int i = start - 1; i >= Math.Max(0, start - 3) && !_lines.ContainsKey(lines[i]) && OnlyCounts(lines[i].Text); i--)
        {
            _lines[lines[i]] = (entry.Level, Continues: false);
        }

        return true;
    }

    /// <summary>How many lines from this one on make up the title.</summary>
    private static int? Count(string wanted, string[] letters, int first)
    {
        string so = "";
        for (int count = 1; count <= MostLines && first + count <= letters.Length; count++)
        {
            so += letters[first + count - 1];
            if (so == wanted)
            {
                return count;
            }

            if (so.Length >= wanted.Length || (so.Length > 0 && !wanted.StartsWith(so, StringComparison.Ordinal)))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Letters alone, in lower case, without what only numbers the heading.</summary>
    internal static string Letters(string text)
    {
        StringBuilder letters = new(text.Length);
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool numbers = letters.Length == 0
                && (IsNumber(word) || Counted.Contains(word.Trim('.', ':')));
            if (!numbers)
            {
                foreach (char letter in word.Where(char.IsLetterOrDigit))
                {
                    letters.Append(char.ToLowerInvariant(letter));
                }
            }
        }

        // A heading that is nothing but "Chapter 3".
        return letters.Length > 0 ? letters.ToString() : string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();
    }

    private static bool OnlyCounts(string text) =>
        text.Length <= 24 && text.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word =>
            IsNumber(word) || Counted.Contains(word.Trim('.', ':')) || word.StartsWith("twenty", StringComparison.OrdinalIgnoreCase) || (word.Length == 1 && char.IsAsciiLetterUpper(word[0])));

    // "3", "3.1.", "A.2", "IV."; but not "A" before a word, which may be the heading's first.
    private static bool IsNumber(string word) =>
        (char.IsDigit(word[0]) && word.All(letter => char.IsDigit(letter) || letter is '.' or ':'))
        || (word.Length >= 2 && word.Contains('.') && word.Length <= 12
            && word.All(letter => char.IsDigit(letter) || letter == '.' || (char.IsAsciiLetterUpper(letter) && word.Length <= 8)));
}
