using System.Text;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Footnotes and endnotes of a Word document by their ids: they are written below the paragraph that refers to them.</summary>
internal sealed class DocxNotes
{
    private const long MostCharacters = 16L << 20;

    private readonly Dictionary<string, string> _texts = [];

    public string? Of(string kind, string? id) => id is not null && _texts.TryGetValue($"{kind} {id}", out string? text) ? text : null;

    public static async Task<DocxNotes> ReadAsync(SafeZip zip)
    {
        DocxNotes notes = new();
        await notes.ReadAsync(zip, "word/footnotes.xml", "footnote");
        await notes.ReadAsync(zip, "word/endnotes.xml", "endnote");
        return notes;
    }

    private async Task ReadAsync(SafeZip zip, string path, string kind)
    {
        using var part = zip.Read(path);
        string? id = null;
        StringBuilder text = new();
        long characters = 0;
        while (part is not null && await part.Xml.ReadAsync())
        {
            var xml = part.Xml;
            switch (xml.NodeType, xml.LocalName)
            {
                case (XmlNodeType.Element, var name) when name == kind:
                    // The lines that separate notes from the text are notes of a type of their own.
                    id = OfficePackage.Attribute(xml, "type") is null or "normal" ? OfficePackage.Attribute(xml, "id") : null;
                    text.Clear();
                    break;
                case (XmlNodeType.Element, "del" or "moveFrom") when !xml.IsEmptyElement:
                    await SkipAsync(xml);
                    break;
                case (XmlNodeType.Element, "tab" or "br") or (XmlNodeType.EndElement, "p"):
                    text.Append(' ');
                    break;
                case (XmlNodeType.Element, "t") when id is not null:
                    string piece = await XlsxTexts.TextAsync(xml, asItIs: true);
                    characters += piece.Length;
                    text.Append(characters > MostCharacters ? throw DocumentFaultException.TooMuch("The notes of this document are too long.") : piece);
                    break;
                case (XmlNodeType.EndElement, var name) when name == kind && id is not null:
                    _texts[$"{kind} {id}"] = CleanText.Collapse(text.ToString());
                    break;
            }
        }
    }

    private static async Task SkipAsync(XmlReader xml)
    {
        int depth = xml.Depth;
        while (await xml.ReadAsync() && xml.Depth > depth)
        {
        }
    }
}
