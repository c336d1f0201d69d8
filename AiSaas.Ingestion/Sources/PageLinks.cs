using AiSaas.Core.Sources;
using AiSaas.Ingestion.Parsing.Formats;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace AiSaas.Ingestion.Sources;

/// <summary>Where a page leads.</summary>
/// <param name="Canonical">The address that the page itself calls its own; null where it says nothing, or the one it was asked at.</param>
internal sealed record PageLinks(IReadOnlyCollection<Uri> Links, Uri? Canonical)
{
    private const int MostLinks = 5000;

    public static readonly PageLinks None = new([], null);

    /// <summary>Runs no script and loads nothing.</summary>
    /// <param name="html">The page, or its start.</param>
    /// <param name="charset">As its server named it.</param>
    /// <param name="url">Where it came from.</param>
    /// <param name="cancellation">The job's.</param>
    public static async Task<PageLinks> ReadAsync(byte[] html, string? charset, Uri url, CancellationToken cancellation)
    {
        if (HtmlDepth.Exceeds(html, HtmlTree.MostDepth))
        {
            return None;
        }

        using MemoryStream stream = new(html, writable: false);
        string text = await HtmlText.ReadAsync(stream, charset, cancellation);
        HtmlParser parser = new(new HtmlParserOptions { IsScripting = false });
        using var document = parser.ParseDocument(text);
        var root = document.QuerySelector("base[href]")?.GetAttribute("href") is { } set && Uri.TryCreate(url, set.Trim(), out var moved) && PageAddress.Normalize(moved) is not null
            ? moved
            : url;
        var own = PageAddress.Normalize(url);
        var canonical = Read(root, document.QuerySelector("link[rel~=canonical][href]")?.GetAttribute("href"));
        return new PageLinks(
            document.QuerySelectorAll("meta[name]").Any(ForbidsLinks) ? [] : Anchors(document, root, url),
            canonical is not null && canonical != own && PageAddress.IsSameSite(canonical, url) ? canonical : null);
    }

    /// <summary>Of robots directives, such as <c>noindex, nofollow</c>.</summary>
    public static bool SaysNoFollow(string? directives) =>
        directives?.Split(',').Any(one => one.Trim() is var word
            && (word.Equals("nofollow", StringComparison.OrdinalIgnoreCase) || word.Equals("none", StringComparison.OrdinalIgnoreCase))) == true;

    private static HashSet<Uri> Anchors(IDocument document, Uri root, Uri url)
    {
        HashSet<Uri> links = [];
        foreach (var anchor in document.QuerySelectorAll("a[href], area[href]"))
        {
            if (links.Count == MostLinks)
            {
                break;
            }

            if (!Forbids(anchor.GetAttribute("rel")) && Read(root, anchor.GetAttribute("href")) is { } link
                && PageAddress.IsSameSite(link, url) && PageAddress.IsWorthAsking(link))
            {
                links.Add(link);
            }
        }

        return links;
    }

    private static bool ForbidsLinks(IElement meta) =>
        meta.GetAttribute("name") is { } name
        && (name.Equals("robots", StringComparison.OrdinalIgnoreCase) || name.Equals(RobotsRules.Agent, StringComparison.OrdinalIgnoreCase))
        && SaysNoFollow(meta.GetAttribute("content"));

    private static bool Forbids(string? relation) =>
        relation?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Contains("nofollow", StringComparer.OrdinalIgnoreCase) == true;

    private static Uri? Read(Uri root, string? reference) =>
        reference is { Length: <= PageAddress.MostCharacters } && Uri.TryCreate(root, reference.Trim(), out var link) ? PageAddress.Normalize(link) : null;
}
