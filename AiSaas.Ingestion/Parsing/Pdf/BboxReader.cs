using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>Reads what <c>pdftotext -bbox-layout</c> prints, a page at a time.</summary>
internal static class BboxReader
{
    private const int MostWordsOnPage = 100_000;

    public static async IAsyncEnumerable<PdfPage> ReadAsync(TextReader output, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var xml = XmlReader.Create(output, new XmlReaderSettings
        {
            Async = true,
            // The output names a DTD: it is neither fetched nor obeyed.
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            IgnoreWhitespace = true,
        });
        while (await xml.ReadAsync())
        {
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "page" })
            {
                cancellation.ThrowIfCancellationRequested();
                yield return await PageAsync(xml);
            }
        }
    }

    private static async Task<PdfPage> PageAsync(XmlReader xml)
    {
        double width = Number(xml, "width"), height = Number(xml, "height");
        List<PdfBlock> blocks = [];
        List<PdfLine> lines = [];
        List<PdfWord> words = [];
        PdfBox block = default, line = default;
        int count = 0;
        if (xml.IsEmptyElement)
        {
            return new PdfPage(width, height, []);
        }

        while (await xml.ReadAsync())
        {
            switch (xml.NodeType, xml.LocalName)
            {
                case (XmlNodeType.Element, "block"):
                    block = Box(xml);
                    break;
                case (XmlNodeType.Element, "line"):
                    line = Box(xml);
                    break;
                case (XmlNodeType.Element, "word"):
                    var box = Box(xml);
                    string text = Tidy(await TextAsync(xml));
                    if (text.Length > 0)
                    {
                        words.Add(new PdfWord(box, text));
                    }

                    if (++count > MostWordsOnPage)
                    {
                        throw DocumentFaultException.TooMuch($"A page of this PDF has more than {MostWordsOnPage:N0} words.");
                    }

                    break;
                case (XmlNodeType.EndElement, "line"):
                    if (words.Count > 0)
                    {
                        lines.Add(new PdfLine(line, [.. words]));
                    }

                    words.Clear();
                    break;
                case (XmlNodeType.EndElement, "block"):
                    if (lines.Count > 0)
                    {
                        blocks.Add(new PdfBlock(block, [.. lines]));
                    }

                    lines.Clear();
                    break;
                case (XmlNodeType.EndElement, "page"):
                    return new PdfPage(width, height, blocks);
            }
        }

        return new PdfPage(width, height, blocks);
    }

    // Leaves the reader on the end tag.
    private static async Task<string> TextAsync(XmlReader xml)
    {
        string text = "";
        while (!xml.IsEmptyElement && await xml.ReadAsync() && xml.NodeType != XmlNodeType.EndElement)
        {
            text += xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA ? xml.Value : "";
        }

        return text;
    }

    // Ligatures are spelled out, so that a search for "office" finds "oﬃce"; private-use glyphs say nothing.
    private static string Tidy(string word)
    {
        word = CleanText.Of(word);
        if (!word.AsSpan().ContainsAnyInRange('\uE000', '\uFB06') && !word.Contains('\u00AD', StringComparison.Ordinal))
        {
            return word.Trim();
        }

        StringBuilder tidy = new(word.Length + 4);
        for (int i = 0; i < word.Length; i++)
        {
            char letter = word[i];
            _ = letter switch
            {
                >= '\uE000' and <= '\uF8FF' => tidy,
                '\uFB00' => tidy.Append("ff"),
                '\uFB01' => tidy.Append("fi"),
                '\uFB02' => tidy.Append("fl"),
                '\uFB03' => tidy.Append("ffi"),
                '\uFB04' => tidy.Append("ffl"),
                '\uFB05' or '\uFB06' => tidy.Append("st"),
                '\u00AD' => i == word.Length - 1 ? tidy.Append('-') : tidy,
                _ => tidy.Append(letter),
            };
        }

        return tidy.ToString().Trim();
    }

    private static PdfBox Box(XmlReader xml) => new(Number(xml, "xMin"), Number(xml, "yMin"), Number(xml, "xMax"), Number(xml, "yMax"));

    private static double Number(XmlReader xml, string name) =>
        double.TryParse(xml.GetAttribute(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : 0;
}
