using System.Text;
using System.Text.RegularExpressions;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>Learns which lines repeat at the edges of pages: headers, footers, page numbers. They are no part of the text.</summary>
internal sealed partial class RunningHeads
{
    private const double Edge = 0.12;
    private const int Repeats = 3;
    private const int MostPatterns = 20_000;

    private readonly Dictionary<string, int> _seen = [];

    public void Learn(PdfPage page)
    {
        foreach (string pattern in page.Lines.Where(line => IsAtEdge(page, line)).Select(Pattern).Distinct())
        {
            if (_seen.TryGetValue(pattern, out int count) || _seen.Count < MostPatterns)
            {
                _seen[pattern] = count + 1;
            }
        }
    }

    public bool Contains(PdfPage page, PdfLine line)
    {
        if (!IsAtEdge(page, line))
        {
            return false;
        }

        string pattern = Pattern(line);
        return PageNumber().IsMatch(pattern) || _seen.GetValueOrDefault(pattern) >= Repeats || StandsBesidePageNumber(page, line);
    }

    // A chapter's name opposite of the page number: too short a chapter for the name to repeat, but nothing else stands there.
    private static bool StandsBesidePageNumber(PdfPage page, PdfLine line) =>
        page.Lines.Any(other => other != line && Math.Abs(other.Box.Bottom - line.Box.Bottom) < 3
            && other.Text.Length <= 10 && PageNumber().IsMatch(Pattern(other)));

    private static bool IsAtEdge(PdfPage page, PdfLine line) =>
        line.Box.Bottom < page.Height * Edge || line.Box.Top > page.Height * (1 - Edge);

    /// <summary>The line with its numbers made equal.</summary>
    private static string Pattern(PdfLine line)
    {
        StringBuilder pattern = new(line.Text.Length);
        foreach (char letter in line.Text)
        {
            if (!char.IsDigit(letter))
            {
                pattern.Append(char.ToLowerInvariant(letter));
            }
            else if (pattern.Length == 0 || pattern[^1] != '#')
            {
                pattern.Append('#');
            }
        }

        return pattern.ToString();
    }

    [GeneratedRegex(@"^(?:[-–—\s]*#[-–—\s]*|(?:page|p\.|seite)\s*#(?:\s*(?:of|/|von)\s*#)?|#\s*(?:of|/)\s*#|[ivxlc]{1,7})$")]
    private static partial Regex PageNumber();
}
