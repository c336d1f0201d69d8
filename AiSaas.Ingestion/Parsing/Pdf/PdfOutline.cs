using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <param name="Level">1 for the outermost, up to 6.</param>
internal sealed record OutlineEntry(int Level, int Page, string Title);

/// <summary>The bookmarks of a PDF: what its author says its sections are.</summary>
/// <remarks>poppler's <c>pdftohtml -xml</c> prints them after the pages, each with the page it leads to. Of the pages only the first is asked for.</remarks>
internal sealed partial class PdfOutline
{
    private const string Program = "pdftohtml";
    private const int MostEntries = 10_000;
    private const int MostLevels = 6;
    private const int LongestTitle = 300;

    // The first page comes before the outline, and either may be made to be endless.
    private const long MostCharacters = 64_000_000;
    private const int LongestLine = 4_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ILookup<int, OutlineEntry> _pages;
    private readonly HashSet<string> _titles;

    internal PdfOutline(IReadOnlyList<OutlineEntry> entries)
    {
        Entries = entries;
        _pages = entries.ToLookup(entry => entry.Page);
        _titles = [.. entries.Select(entry => OutlineHeadings.Letters(entry.Title))];
    }

    public static PdfOutline None { get; } = new([]);

    public IReadOnlyList<OutlineEntry> Entries { get; }

    /// <summary>Those that lead to a page, in their order.</summary>
    public IEnumerable<OutlineEntry> Of(int page) => _pages[page];

    /// <summary>Whether a line says what some entry says, numbers aside.</summary>
    public bool Names(string line) => _titles.Count > 0 && _titles.Contains(OutlineHeadings.Letters(line));

    /// <summary>A document without bookmarks, or whose bookmarks can't be read, is read by its headings alone.</summary>
    public static async Task<PdfOutline> ReadAsync(PdfTool poppler, string path, CancellationToken cancellation)
    {
        if (poppler.Find(Program) is null)
        {
            return None;
        }

        List<OutlineEntry> entries = [];
        await using var run = poppler.Start(Program, ["-xml", "-stdout", "-i", "-enc", "UTF-8", "-f", "1", "-l", "1", path], Patience, cancellation);
        int level = 0;
        await foreach (string line in LinesAsync(run.Output, cancellation))
        {
            if (entries.Count == MostEntries)
            {
                break;
            }

            switch (line.Trim())
            {
                case "<outline>":
                    level++;
                    break;
                case "</outline>":
                    level--;
                    break;
                case var text when level > 0 && Item().Match(text) is { Success: true } item:
                    Add(entries, level, item);
                    break;
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return entries.Count == 0 ? None : new(entries);
    }

    // Of lines that are too long only the beginning is kept: none of them is an entry.
    private static async IAsyncEnumerable<string> LinesAsync(StreamReader output, [EnumeratorCancellation] CancellationToken cancellation)
    {
        StringBuilder line = new();
        char[] buffer = new char[8192];
        long left = MostCharacters;
        for (int read; left > 0 && (read = await output.ReadAsync(buffer, cancellation)) > 0; left -= read)
        {
            for (int i = 0; i < read; i++)
            {
                if (buffer[i] == '\n')
                {
                    yield return line.ToString();
                    line.Clear();
                }
                else if (line.Length < LongestLine)
                {
                    line.Append(buffer[i]);
                }
            }
        }
    }

    private static void Add(List<OutlineEntry> entries, int level, Match item)
    {
        string title = CleanText.Collapse(CleanText.Of(WebUtility.HtmlDecode(item.Groups[2].Value)));
        if (title.Length is > 0 and <= LongestTitle && int.TryParse(item.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int page))
        {
            entries.Add(new(Math.Min(level, MostLevels), page, title));
        }
    }

    [GeneratedRegex(@"^<item page=""(\d{1,7})"">(.*)</item>$", RegexOptions.CultureInvariant)]
    private static partial Regex Item();
}
