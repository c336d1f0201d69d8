using System.Text;
using System.Xml;
using AiSaas.Ingestion.Parsing.Flow;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Reads one slide, or its notes, forwards: titles, paragraphs, tables row by row.</summary>
internal sealed class PptxShapes(XmlReader xml, bool areNotes)
{
    private const int LongestSlide = 2_000_000;

    private readonly List<FlowBlock> _blocks = [];
    private readonly StringBuilder _paragraph = new();
    private readonly StringBuilder _cell = new();
    private readonly List<string> _cells = [];
    private string? _placeholder;
    private bool _inTable;
    private bool _inText;
    private int _length;

    public async Task<List<FlowBlock>> ReadAsync()
    {
        while (await xml.ReadAsync())
        {
            switch (xml.NodeType)
            {
                case XmlNodeType.Element:
                    Enter();
                    break;
                case XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.CDATA when _inText:
                    Append(xml.Value);
                    break;
                case XmlNodeType.EndElement:
                    Leave();
                    break;
            }
        }

        return _blocks;
    }

    private void Enter()
    {
        switch (xml.LocalName)
        {
            case "sp":
                _placeholder = null;
                break;
            case "ph":
                _placeholder = OfficePackage.Attribute(xml, "type") ?? "body";
                break;
            case "tbl":
                _inTable = true;
                break;
            case "t":
                _inText = !xml.IsEmptyElement;
                break;
            case "br":
                _paragraph.Append(' ');
                break;
        }
    }

    private void Leave()
    {
        switch (xml.LocalName)
        {
            case "t":
                _inText = false;
                break;
            case "p":
                Close();
                break;
            case "tc":
                _cells.Add(CleanText.Collapse(_cell.ToString()));
                _cell.Clear();
                break;
            case "tr":
                if (_cells.Exists(cell => cell.Length > 0))
                {
                    _blocks.Add(FlowBlock.Row(string.Join(" | ", _cells)));
                }

                _cells.Clear();
                break;
            case "tbl":
                _inTable = false;
                break;
        }
    }

    private void Close()
    {
        string text = CleanText.Collapse(_paragraph.ToString());
        _paragraph.Clear();
        if (text.Length == 0)
        {
            return;
        }

        if (_inTable)
        {
            _cell.Append(text).Append(' ');
            return;
        }

        // What the master puts on every slide is nobody's text.
        if (_placeholder is "sldNum" or "dt" or "ftr" or "hdr" || (areNotes && _placeholder is not "body"))
        {
            return;
        }

        _blocks.Add(areNotes ? FlowBlock.Paragraph(text)
            : _placeholder is "title" or "ctrTitle" ? FlowBlock.Heading(1, text)
            : FlowBlock.ListItem("- " + text));
    }

    private void Append(string text)
    {
        _length += text.Length;
        if (_length > LongestSlide)
        {
            throw DocumentFaultException.TooMuch("The presentation has a slide of more than two million characters.");
        }

        _paragraph.Append(text);
    }
}
