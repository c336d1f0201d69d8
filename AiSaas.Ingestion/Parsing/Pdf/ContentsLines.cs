using System.Text.RegularExpressions;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>The lines of a page that belong to a table of contents: from the first to the last that names a heading of another page.</summary>
/// <remarks>Only where they are most of the page's lines: a page of text may refer to a section or two.</remarks>
internal sealed partial class ContentsLines
{
    private const int Fewest = 3;

    private readonly HashSet<PdfLine> _lines = new(ReferenceEqualityComparer.Instance);

    /// <param name="page">The page.</param>
    /// <param name="counts">Whether a line is part of its text.</param>
    /// <param name="names">Whether a line names a heading that stands elsewhere.</param>
    public ContentsLines(PdfPage page, Func<PdfLine, bool> counts, Func<PdfLine, bool> names)
        : this()
    {
        List<PdfLine> lines = [.. page.Lines.Where(counts)];
        var named = Enumerable.Range(0, lines.Count).Where(index => names(lines[index])).ToList();
        if (named.Count >= Fewest && named.Count * 2 >= lines.Count(line => line.Text.Any(char.IsLetter)))
        {
            _lines.UnionWith(lines.Where((line, index) => 
                (index >= named[0] && index <= named[^1]) || PageNumbers().IsMatch(line.Text) || (index < named[0] && Head().IsMatch(line.Text))));
        }
    }

    private ContentsLines()
    {
    }

    public static ContentsLines None { get; } = new();

    public bool Has(PdfLine line) => _lines.Contains(line);

    /// <summary>An entry without its dots and its page.</summary>
    public static string Entry(string line) => Tail().Replace(line, "");

    [GeneratedRegex(@"(?:\s*\.){2,}\s*[\divxlc]*\s*$|\s+\d{1,4}$", RegexOptions.CultureInvariant)]
    private static partial Regex Tail();

    [GeneratedRegex(@"^(?:table\s+of\s+)?contents$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Head();

    // The pages' numbers, where they are a column of their own.
    [GeneratedRegex(@"^[\d\s.ivxlc]+$", RegexOptions.CultureInvariant)]
    private static partial Regex PageNumbers();
}
