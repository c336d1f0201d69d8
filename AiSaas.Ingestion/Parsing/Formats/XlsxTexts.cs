using System.Text;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>The distinct texts of a workbook, which cells name by number.</summary>
internal static class XlsxTexts
{
    private const long MostCharacters = 64L << 20;
    private const int MostTexts = 4_000_000;

    public static async Task<IReadOnlyList<string>> ReadAsync(SafeZip zip, CancellationToken cancellation)
    {
        List<string> texts = [];
        long characters = 0;
        using var part = zip.Read("xl/sharedStrings.xml");
        while (part is not null && await part.Xml.ReadAsync())
        {
            if (part.Xml is not { NodeType: XmlNodeType.Element, LocalName: "si" })
            {
                continue;
            }

            cancellation.ThrowIfCancellationRequested();
            string text = await TextAsync(part.Xml);
            characters += text.Length;
            texts.Add(text);
            if (characters > MostCharacters || texts.Count > MostTexts)
            {
                throw DocumentFaultException.TooMuch("The spreadsheet has more distinct texts than can be held. Split it into several.");
            }
        }

        return texts;
    }

    /// <summary>The text inside of the element that the reader is on, without the readings that Japanese cells carry.</summary>
    public static async Task<string> TextAsync(XmlReader xml, bool asItIs = false)
    {
        if (xml.IsEmptyElement)
        {
            return "";
        }

        StringBuilder text = new();
        int depth = xml.Depth;
        while (await xml.ReadAsync() && xml.Depth > depth)
        {
            if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "rPh")
            {
                await SkipAsync(xml);
            }
            else if (xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA)
            {
                text.Append(xml.Value);
            }
        }

        return asItIs ? text.ToString() : CleanText.Collapse(text.ToString());
    }

    // Leaves the reader on the element's end.
    private static async Task SkipAsync(XmlReader xml)
    {
        int depth = xml.Depth;
        while (!xml.IsEmptyElement && await xml.ReadAsync() && xml.Depth > depth)
        {
        }
    }
}
