using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>What an e-book's table of contents calls its chapters: many chapters don't say so themselves.</summary>
internal sealed class EpubContents
{
    private const int Most = 10_000;
    private const int LongestTitle = 300;

    private readonly Dictionary<string, string> _titles = [];

    public string? Of(string chapter) => _titles.GetValueOrDefault(chapter);

    /// <param name="zip">The book.</param>
    /// <param name="path">Of its navigation, in the form of EPUB 3 (a page of links) or EPUB 2 (NCX); null where it has none.</param>
    public static async Task<EpubContents> ReadAsync(SafeZip zip, string? path)
    {
        EpubContents contents = new();
        using var part = path is null ? null : zip.Read(path);
        string folder = path?[..(path.LastIndexOf('/') + 1)] ?? "";
        string title = "";
        try
        {
            while (part is not null && contents._titles.Count < Most && await part.Xml.ReadAsync())
            {
                if (part.Xml.NodeType != XmlNodeType.Element)
                {
                    continue;
                }

                switch (part.Xml.LocalName)
                {
                    case "text":
                        title = await XlsxTexts.TextAsync(part.Xml);
                        break;
                    case "content" when OfficePackage.Attribute(part.Xml, "src") is { } source:
                        contents.Add(folder, source, title);
                        break;
                    case "a" when OfficePackage.Attribute(part.Xml, "href") is { } reference:
                        contents.Add(folder, reference, await XlsxTexts.TextAsync(part.Xml));
                        break;
                }
            }
        }
        catch (XmlException)
        {
            // A book without chapters' titles is still a book.
        }

        return contents;
    }

    // The first of a page: the others are its sections.
    private void Add(string folder, string reference, string title)
    {
        if (title.Length is > 0 and <= LongestTitle)
        {
            _titles.TryAdd(OfficePackage.Resolve(folder, Uri.UnescapeDataString(reference.Split('#')[0])), title);
        }
    }
}
