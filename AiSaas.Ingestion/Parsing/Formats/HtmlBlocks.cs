using System.Globalization;
using System.Text;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using AngleSharp.Dom;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Walks a tree in document order and cuts its text into blocks.</summary>
/// <remarks>Walks by pointers, without recursion: a page of a hundred thousand nested elements costs no stack.</remarks>
/// <param name="root">Where to begin.</param>
/// <param name="keepsNamed">Whether elements stay that only their class calls navigation: of a page that is nothing else.</param>
internal sealed class HtmlBlocks(IElement root, bool keepsNamed = false)
{
    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "thead",
        "tfoot", "tr", "ul", "caption",
    };

    private readonly StringBuilder _text = new();
    private readonly HashSet<INode> _layout = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<INode, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private INode? _contents;
    private int _lists;
    private bool _leads;
    private int _pre;
    private int _rows;

    public IEnumerable<FlowBlock> Read()
    {
        for (INode? node = root; node is not null;)
        {
            bool inside = false;
            if (node is IElement element)
            {
                if (!HtmlSkips.Has(element, keepsNamed))
                {
                    if (IsBlock(element) && Cut(node.Parent) is { } before)
                    {
                        yield return before;
                    }

                    Enter(element);
                    inside = true;
                }
            }
            else if (node is IText text)
            {
                _text.Append(text.Data);
            }

            if (inside && node.FirstChild is { } child)
            {
                node = child;
                continue;
            }

            // Up and along: each element that is left may close a block.
            while (node is not null)
            {
                if (inside && Leave((IElement)node) is { } block)
                {
                    yield return block;
                }

                if (node == root)
                {
                    yield break;
                }

                if (node.NextSibling is { } next)
                {
                    node = next;
                    break;
                }

                node = node.Parent;
                inside = true;
            }
        }
    }

    private void Enter(IElement element)
    {
        switch (element.LocalName)
        {
            case "pre":
                _pre++;
                break;
            case "tr" when _rows == 0 && HtmlShapes.IsLayout(element):
                _layout.Add(element);
                break;
            case "tr":
                _rows++;
                break;
            case "ul" or "ol" or "dl":
                _contents = _lists++ == 0 && _rows == 0 && HtmlShapes.IsContents(element) ? element : _contents;
                break;
            case "li" when element.Parent is IElement { LocalName: "ol" } list:
                _numbers[list] = Number(element.GetAttribute("value"))
                    ?? (_numbers.TryGetValue(list, out int last) ? last + 1 : Number(list.GetAttribute("start")) ?? 1);
                break;
            case "a":
                _leads |= HtmlShapes.Leads(element);
                break;
            case "sup" when HtmlShapes.IsMark(element):
                _text.Append('[');
                break;
            case "br":
                _text.Append(_pre > 0 ? "\n" : _rows > 0 ? " " : "\u2028");
                break;
            case "td" or "th" when _rows > 0 && _text.Length > 0:
                _text.Append(" | ");
                break;
            case "img" when element.GetAttribute("alt") is { Length: > 0 } alt:
                _text.Append(' ').Append(alt).Append(' ');
                break;
        }
    }

    private FlowBlock? Leave(IElement element)
    {
        if (element.LocalName == "sup" && HtmlShapes.IsMark(element))
        {
            _text.Append(']');
        }

        var block = IsBlock(element) ? Cut(element) : null;
        _pre -= element.LocalName == "pre" ? 1 : 0;
        _rows -= element.LocalName == "tr" && !_layout.Remove(element) ? 1 : 0;
        _lists -= element.LocalName is "ul" or "ol" or "dl" ? 1 : 0;
        _contents = element == _contents ? null : _contents;
        return block;
    }

    // The cells of a table that only lays a page out hold blocks.
    private bool IsBlock(IElement element) => Blocks.Contains(element.LocalName) || (_rows == 0 && element.LocalName is "td" or "th");

    /// <summary>Takes what has been read as a block of the kind that its element says.</summary>
    private FlowBlock? Cut(INode? owner)
    {
        // Inside of a row, paragraphs and lists are only the cell's text.
        if (_rows > 0 && owner is not IElement { LocalName: "tr" })
        {
            _text.Append(_text.Length > 0 ? " " : "");
            return null;
        }

        string raw = _text.ToString();
        _text.Clear();
        string text = _pre > 0 ? raw.Trim('\n') : string.Join('\n', raw.Split('\u2028').Select(line => CleanText.Collapse(line))).Trim();
        bool leads = _leads;
        _leads = false;
        if (string.IsNullOrWhiteSpace(text) || (leads && text.Length <= HtmlShapes.LongestLead))
        {
            return null;
        }

        string name = (owner as IElement)?.LocalName ?? "";
        if (_contents is not null)
        {
            return new FlowBlock(BlockKind.Contents, 0, text.Replace('\n', ' '));
        }

        return name switch
        {
            ['h', >= '1' and <= '6'] => FlowBlock.Heading(name[1] - '0', text.Replace('\n', ' ')),
            "tr" => FlowBlock.Row(text.Trim(' ', '|').Replace('\n', ' ')),
            "li" => FlowBlock.ListItem(Mark(owner!) + text),
            _ when _pre > 0 => FlowBlock.Code(text),
            _ when owner?.Parent is IElement { LocalName: "li" } item && name is "p" or "div" =>
                FlowBlock.ListItem(owner.PreviousSibling is null or IText { PreviousSibling: null } ? Mark(item) + text : text),
            _ => FlowBlock.Paragraph(text),
        };
    }

    private string Mark(INode item) =>
        item.Parent is { } list && _numbers.TryGetValue(list, out int number) ? string.Create(CultureInfo.InvariantCulture, $"{number}. ") : "- ";

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number is > -100_000 and < 1_000_000 ? number : null;
}
