using AngleSharp.Dom;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Which elements are no part of a page's text: programs, what leads around the site, what nobody sees.</summary>
internal static class HtmlSkips
{
    private const int FewLinks = 6;

    // More elements than a note or a page's head has.
    private const int Looked = 300;

    private static readonly HashSet<string> Elements = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "noscript", "template", "nav", "svg", "math", "iframe", "object", "button", "select", "input", "textarea",
        "footer", "dialog", "head", "canvas", "audio", "video",
        // The readings above Chinese letters would stand between them.
        "rt", "rp",
    };

    // What the programs that make documentation and sites call their navigation; never whole words of prose about it.
    private static readonly HashSet<string> Classes = new(StringComparer.OrdinalIgnoreCase)
    {
        "navheader", "navfooter", "docnav", "nav-panel", "navbar", "nav-bar", "navigation", "navbox", "nav-links", "breadcrumb", "breadcrumbs", "sidebar", "sphinxsidebar", "menu",
        "site-header", "site-footer", "page-footer", "skip-link", "skip-to-content", "headerlink", "anchorjs-link", "permalink", "linenos", "mw-editsection",
        "mw-jump-link", "catlinks", "printfooter", "footnote-back", "footnote-backref", "reversefootnote", "cookie-banner", "cookie-notice", "cookie-consent", "visually-hidden", "sr-only", "topnav", "bottomnav", "subnav",
    };

    public static bool Has(IElement element, bool keepsNamed) =>
        Elements.Contains(element.LocalName)
        || (element.LocalName == "header" && element.Closest("article, main") is null && !IsTitle(element))
        || (element.LocalName == "aside" && LinksPrevail(element))
        || element.HasAttribute("hidden")
        || element.GetAttribute("aria-hidden") == "true"
        || element.GetAttribute("style") is { } style && style.Replace(" ", "", StringComparison.Ordinal).Contains("display:none", StringComparison.OrdinalIgnoreCase)
        || element.GetAttribute("role") is "navigation" or "banner" or "contentinfo" or "search" or "complementary" or "doc-backlink"
        || (!keepsNamed && element.ClassName is { Length: > 0 and < 400 } classes && IsNamed(classes));

    private static bool IsNamed(string classes)
    {
        foreach (var range in classes.AsSpan().Split(' '))
        {
            if (Classes.GetAlternateLookup<ReadOnlySpan<char>>().Contains(classes.AsSpan()[range].Trim()))
            {
                return true;
            }
        }

        return false;
    }

    // A document's title, author and abstract stand in a header too; a site's has its menu.
    private static bool IsTitle(IElement header)
    {
        int looked = 0, links = 0;
        bool titled = false;
        foreach (var element in header.Descendants<IElement>())
        {
            titled |= element.LocalName == "h1";
            links += element.LocalName == "a" ? 1 : 0;
            if (++looked > Looked || links > FewLinks || element.LocalName == "nav")
            {
                return false;
            }
        }

        return titled;
    }

    // Notes and warnings are content, lists of other pages are not.
    private static bool LinksPrevail(IElement aside)
    {
        int looked = 0, links = 0;
        long linked = 0, all = 0;
        foreach (var node in aside.Descendants())
        {
            if (node is IText text)
            {
                all += text.Length;
                linked += text.ParentElement?.LocalName == "a" ? text.Length : 0;
            }

            links += node is IElement { LocalName: "a" } ? 1 : 0;
            if (++looked > Looked)
            {
                return true;
            }
        }

        return links > FewLinks || linked * 2 > all;
    }
}
