using System.Globalization;
using System.Text;
using System.Xml;
using AiSaas.Ingestion.Parsing.Flow;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Reads <c>word/document.xml</c> forwards: paragraphs become blocks, table rows become lines of cells.</summary>
internal sealed class DocxBlocks(XmlReader xml, DocxStyles styles, DocxNumbering numbering, DocxNotes notes)
{
    private const int LongestParagraph = 4_000_000;

    private readonly char[] _piece = new char[4096];

    // A text box holds paragraphs inside of a paragraph.
    private readonly Stack<Paragraph> _open = [];
    private readonly List<FlowBlock> _done = [];
    private readonly List<string> _cells = [];
    private readonly StringBuilder _cell = new();
    private readonly List<string> _notes = [];
    private int _tables;
    private int _noted;

    /// <summary>Reads on to the next paragraph's or row's end; false at the end of the document.</summary>
    public async Task<bool> ReadAsync(CancellationToken cancellation)
    {
        while (await xml.ReadAsync())
        {
            switch (xml.NodeType)
            {
                case XmlNodeType.Element:
                    await EnterAsync();
                    break;
                case XmlNodeType.EndElement when Leave(xml.LocalName):
                    cancellation.ThrowIfCancellationRequested();
                    return true;
            }
        }

        return false;
    }

    public IReadOnlyList<FlowBlock> Take()
    {
        FlowBlock[] taken = [.. _done];
        _done.Clear();
        return taken;
    }

    private async Task EnterAsync()
    {
        switch (xml.LocalName)
        {
            // Text that was moved away or deleted, and the second copy of what an older Word can't show.
            case "moveFrom" or "del" or "Fallback":
                await SkipAsync();
                return;
            case "p" when !xml.IsEmptyElement:
                _open.Push(new Paragraph());
                return;
            case "tbl":
                _tables++;
                return;
        }

        if (_open.TryPeek(out var paragraph))
        {
            await ReadIntoAsync(paragraph);
        }
    }

    private async Task ReadIntoAsync(Paragraph paragraph)
    {
        switch (xml.LocalName)
        {
            case "pStyle":
                paragraph.Style = OfficePackage.Attribute(xml, "val");
                break;
            case "outlineLvl":
                paragraph.Outline = DocxStyles.FromOutline(OfficePackage.Attribute(xml, "val"));
                break;
            case "numId":
                paragraph.List = OfficePackage.Attribute(xml, "val");
                break;
            case "ilvl":
                paragraph.ListLevel = int.TryParse(OfficePackage.Attribute(xml, "val"), NumberStyles.None, CultureInfo.InvariantCulture, out int level) ? level : 0;
                break;
            case "footnoteReference" or "endnoteReference":
                Note(paragraph, xml.LocalName[..^"Reference".Length]);
                break;
            case "t" when !xml.IsEmptyElement:
                await ReadTextAsync(paragraph.Text);
                break;
            case "tab" when paragraph.Text.Length > 0:
                paragraph.Text.Append(' ');
                break;
            case "br" or "cr":
                paragraph.Text.Append('\n');
                break;
            case "noBreakHyphen":
                paragraph.Text.Append('-');
                break;
        }
    }

    // Leaves the reader on the end tag, so that the caller's next step reads the one after it.
    private async Task ReadTextAsync(StringBuilder text)
    {
        while (await xml.ReadAsync() && xml.NodeType != XmlNodeType.EndElement)
        {
            if (xml.NodeType is not (XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA))
            {
                continue;
            }

            // In pieces: the reader would make one string of it, however long.
            for (int read; (read = await xml.ReadValueChunkAsync(_piece, 0, _piece.Length)) > 0;)
            {
                text.Append(_piece, 0, read);
                if (text.Length > LongestParagraph)
                {
                    throw DocumentFaultException.TooMuch("The document has a paragraph of more than four million characters.");
                }
            }
        }
    }

    private void Note(Paragraph paragraph, string kind)
    {
        if (notes.Of(kind, OfficePackage.Attribute(xml, "id")) is { Length: > 0 } note)
        {
            string mark = string.Create(CultureInfo.InvariantCulture, $"[{++_noted}]");
            paragraph.Text.Append(mark);
            _notes.Add($"{mark} {note}");
        }
    }

    private async Task SkipAsync()
    {
        int depth = xml.Depth;
        if (!xml.IsEmptyElement)
        {
            while (await xml.ReadAsync() && xml.Depth > depth)
            {
            }
        }
    }

    private bool Leave(string name)
    {
        switch (name)
        {
            case "p" when _open.TryPop(out var paragraph):
                Close(paragraph);
                return true;
            case "tc" when _tables == 1:
                _cells.Add(CleanText.Collapse(_cell.ToString()));
                _cell.Clear();
                return false;
            case "tr" when _tables == 1:
                string row = string.Join(" | ", _cells);
                if (_cells.Exists(cell => cell.Length > 0))
                {
                    _done.Add(FlowBlock.Row(row));
                }

                _cells.Clear();
                AddNotes();
                return true;
            case "tbl":
                _tables--;
                return false;
            default:
                return false;
        }
    }

    private void Close(Paragraph paragraph)
    {
        string text = paragraph.Text.ToString().Trim();
        if (text.Length == 0 || styles.IsContents(paragraph.Style))
        {
            return;
        }

        var (list, listLevel) = paragraph.List is { } own ? (own, paragraph.ListLevel ?? 0) : styles.List(paragraph.Style) is { } styled
            ? (styled.List, paragraph.ListLevel ?? styled.Level) : ("0", 0);
        bool isListed = list != "0";
        string? number = isListed ? numbering.Next(list, listLevel) : null;

        if (_tables > 0)
        {
            _cell.Append(number is null ? "" : number + " ").Append(text).Append(' ');
            return;
        }

        int? level = paragraph.Outline ?? styles.HeadingLevel(paragraph.Style);
        _done.Add(level is { } heading ? FlowBlock.Heading(heading, (number is null ? "" : number + " ") + text.Replace('\n', ' '))
            : isListed || styles.IsList(paragraph.Style) ? FlowBlock.ListItem($"{number ?? "-"} {text}")
            : FlowBlock.Paragraph(text));
        AddNotes();
    }

    private void AddNotes()
    {
        _done.AddRange(_notes.Select(FlowBlock.Paragraph));
        _notes.Clear();
    }

    private sealed class Paragraph
    {
        public StringBuilder Text { get; } = new();

        public string? Style { get; set; }

        public int? Outline { get; set; }

        /// <summary>"0" says that it is in none, whatever its style says.</summary>
        public string? List { get; set; }

        public int? ListLevel { get; set; }
    }
}
