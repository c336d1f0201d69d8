using AngleSharp.Dom;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>What lists and tables of a page are for, where their elements alone don't say.</summary>
internal static class HtmlShapes
{
    private const int FewestEntries = 6;
    private const double AllLinks = 0.85;

    // A list of so many elements is decided by its beginning.
    private const int Looked = 2_000;
    private const int LongCell = 800;

    private static readonly HashSet<string> Leading = new(StringComparer.OrdinalIgnoreCase) { "next", "prev", "previous", "up", "next >", "< prev", "« prev", "next »" };

    private static readonly HashSet<string> OfLayout = new(StringComparer.OrdinalIgnoreCase)
    {
        "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "blockquote", "hr", "article", "section",
    };

    /// <summary>A list of links to other places of the same document or site: a table of contents, an index.</summary>
    public static bool IsContents(IElement list)
    {
        int entries = 0, looked = 0;
        long linked = 0, all = 0;
        foreach (var node in list.Descendants())
        {
            if (node is IText text && !string.IsNullOrWhiteSpace(text.Data))
            {
                all += text.Length;
                linked += IsLinked(text, list) ? text.Length : 0;
            }
            else if (node is IElement { LocalName: "a" } link && IsInside(link.GetAttribute("href")))
            {
                entries++;
            }

            if (++looked > Looked)
            {
                break;
            }
        }

        return entries >= FewestEntries && linked >= all * AllLinks;
    }

    /// <summary>More than a line of links to the next and the previous page has.</summary>
    public const int LongestLead = 200;

    /// <summary>A link that turns the page rather than says something.</summary>
    public static bool Leads(IElement link) =>
        link.GetAttribute("rel") is "next" or "prev" or "previous" or "up" or "start"
        || (link.GetAttribute("accesskey") is "n" or "p" or "u" or "h" && link.HasAttribute("href"))
        || (link.TextContent is { Length: <= 12 } text && Leading.Contains(text.Trim()) && link.HasAttribute("href"));

    /// <summary>The number of a footnote, which would be read with the word before it: "tax1".</summary>
    public static bool IsMark(IElement sup) =>
        (sup.FirstElementChild?.LocalName == "a" || sup.Parent is IElement { LocalName: "a" }) && sup.TextContent is [not '[', ..] and { Length: <= 4 };

    /// <summary>A row whose cells hold parts of a page rather than values.</summary>
    public static bool IsLayout(IElement row)
    {
        int looked = 0, paragraphs = 0;
        foreach (var node in row.Descendants())
        {
            if (node is IElement element && OfLayout.Contains(element.LocalName))
            {
                return true;
            }

            paragraphs += node is IElement { LocalName: "p" or "li" } ? 1 : 0;
            if (paragraphs > 12 || (node is IText { Length: > LongCell } && paragraphs > 1))
            {
                return true;
            }

            if (++looked > Looked)
            {
                return paragraphs > 0;
            }
        }

        return false;
    }

    private static bool IsLinked(IText text, IElement list)
    {
        INode? node = text.Parent;
        for (int steps = 0; node is not null && node != list && steps < 6; steps++, node = node.Parent)
        {
            if (node is IElement { LocalName: "a" } link)
            {
                return IsInside(link.GetAttribute("href"));
            }
        }

        return false;
    }

    private static bool IsInside(string? reference) =>
        reference is { Length: > 0 } && !reference.Contains("://", StringComparison.Ordinal) && !reference.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase);
}
