using System.Runtime.CompilerServices;
using System.Xml;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>E-books: their chapters in the order of the spine, each read as the page of HTML that it is.</summary>
internal sealed class EpubParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Epub];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var zip = SafeZip.Open(input.Path, "This EPUB", Options);
        if (zip.Has("META-INF/rights.xml") || zip.Has("META-INF/sinf.xml"))
        {
            throw new DocumentFaultException("documents:encrypted", "The e-book is protected against copying, so it can't be read.");
        }

        var book = await zip.GuardedAsync(() => BookAsync(zip));
        input.Title = book.Title;
        var contents = await EpubContents.ReadAsync(zip, book.Contents);
        for (int number = 0; number < book.Chapters.Count; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var blocks = await zip.GuardedAsync(() => ChapterAsync(zip, book.Chapters[number], cancellation));
            if (blocks.Count > 0 && !blocks.Exists(block => block.Kind == BlockKind.Heading) && contents.Of(book.Chapters[number]) is { } title)
            {
                yield return FlowBlock.Heading(1, title);
            }

            foreach (var block in blocks)
            {
                yield return block;
            }

            input.Fraction = (number + 1.0) / book.Chapters.Count;
        }
    }

    private async Task<List<FlowBlock>> ChapterAsync(SafeZip zip, string path, CancellationToken cancellation)
    {
        await using var part = zip.Open(path);
        if (part is null)
        {
            return [];
        }

        // A tree wants to be looked at before it is built, and a part can be read once.
        using MemoryStream page = new();
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await part.ReadAsync(buffer, cancellation)) > 0;)
        {
            page.Write(buffer, 0, read);
            if (page.Length > Options.MaxTreeBytes)
            {
                throw DocumentFaultException.TooMuch($"The e-book has a chapter larger than {Options.MaxTreeBytes >> 20} MB.");
            }
        }

        page.Position = 0;
        string text = await HtmlText.ReadAsync(page, null, cancellation);
        return await TreeAsync(() => HtmlTree.Read(text), cancellation);
    }

    private static async Task<Book> BookAsync(SafeZip zip)
    {
        string package = await PackageAsync(zip)
            ?? throw new DocumentFaultException("documents:not-what-it-says", "This is a ZIP archive, but no e-book.");
        using var part = zip.Read(package) ?? throw zip.Damaged();
        string folder = package[..(package.LastIndexOf('/') + 1)];
        Dictionary<string, string> pages = [];
        List<string> chapters = [];
        string? title = null, contents = null;
        var xml = part.Xml;
        for (bool more = await xml.ReadAsync(); more;)
        {
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "title" } && title is null)
            {
                // Reading the content moves on by itself.
                title = CleanText.Collapse(await xml.ReadElementContentAsStringAsync());
                more = !xml.EOF;
                continue;
            }

            if (xml is { NodeType: XmlNodeType.Element, LocalName: "item" } && OfficePackage.Attribute(xml, "href") is { } place
                && (IsContents(OfficePackage.Attribute(xml, "properties")) || (contents is null && OfficePackage.Attribute(xml, "media-type") == "application/x-dtbncx+xml")))
            {
                contents = OfficePackage.Resolve(folder, Uri.UnescapeDataString(place));
            }
            else if (xml is { NodeType: XmlNodeType.Element, LocalName: "item" }
                && OfficePackage.Attribute(xml, "id") is { } id && OfficePackage.Attribute(xml, "href") is { } href
                && OfficePackage.Attribute(xml, "media-type") is "application/xhtml+xml" or "text/html")
            {
                pages[id] = OfficePackage.Resolve(folder, Uri.UnescapeDataString(href.Split('#')[0]));
            }
            else if (xml is { NodeType: XmlNodeType.Element, LocalName: "itemref" }
                && OfficePackage.Attribute(xml, "idref") is { } chapter && pages.TryGetValue(chapter, out string? page))
            {
                chapters.Add(page);
            }

            more = await xml.ReadAsync();
        }

        return new(title is { Length: > 0 and <= 300 } ? title : null, chapters, contents);
    }

    private static async Task<string?> PackageAsync(SafeZip zip)
    {
        using var container = zip.Read("META-INF/container.xml");
        while (container is not null && await container.Xml.ReadAsync())
        {
            if (container.Xml is { NodeType: XmlNodeType.Element, LocalName: "rootfile" })
            {
                return OfficePackage.Attribute(container.Xml, "full-path");
            }
        }

        return null;
    }

    // The table of contents repeats every heading and would be found in its place.
    private static bool IsContents(string? properties) => properties?.Split(' ').Contains("nav") is true;

    private sealed record Book(string? Title, IReadOnlyList<string> Chapters, string? Contents);
}
