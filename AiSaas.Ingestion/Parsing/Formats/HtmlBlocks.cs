using System.Text;
using AiSaas.Ingestion.Parsing.Flow;
using AngleSharp.Dom;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Walks a tree in document order and cuts its text into blocks.</summary>
/// <remarks>Walks by pointers, without recursion: a page of a hundred thousand nested elements costs no stack.</remarks>
internal sealed class HtmlBlocks(IElement root)
{
    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "noscript", "template", "nav", "svg", "math", "iframe", "object", "button", "select", "input", "textarea",
        "footer", "aside", "dialog", "head", "canvas", "audio", "video",
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "thead",
        "tfoot", "tr", "ul", "caption",
    };

    private readonly StringBuilder _text = new();
    private int _pre;
    private int _rows;

    public IEnumerable<FlowBlock> Read()
    {
        for (INode? node = root; node is not null;)
        {
            bool inside = false;
            if (node is IElement element)
            {
                if (!IsSkipped(element))
                {
                    if (Blocks.Contains(element.LocalName) && Cut(node.Parent) is { } before)
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
            case "tr":
                _rows++;
                break;
            case "br":
                _text.Append(_pre > 0 ? "\n" : _rows > 0 ? " " : "\u2028");
                break;
            case "td" or "th" when _text.Length > 0:
                _text.Append(" | ");
                break;
            case "img" when element.GetAttribute("alt") is { Length: > 0 } alt:
                _text.Append(' ').Append(alt).Append(' ');
                break;
        }
    }

    private FlowBlock? Leave(IElement element)
    {
        var block = Blocks.Contains(element.LocalName) ? Cut(element) : null;
        _pre -= element.LocalName == "pre" ? 1 : 0;
        _rows -= element.LocalName == "tr" ? 1 : 0;
        return block;
    }

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
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        string name = (owner as IElement)?.LocalName ?? "";
        return name switch
        {
            ['h', >= '1' and <= '6'] => FlowBlock.Heading(name[1] - '0', text.Replace('\n', ' ')),
            "tr" => FlowBlock.Row(text.Trim(' ', '|').Replace('\n', ' ')),
            "li" => FlowBlock.ListItem("- " + text),
            _ when _pre > 0 => FlowBlock.Code(text),
            _ when owner?.Parent is IElement { LocalName: "li" } && name is "p" or "div" => FlowBlock.ListItem("- " + text),
            _ => FlowBlock.Paragraph(text),
        };
    }

    private static bool IsSkipped(IElement element) =>
        Skipped.Contains(element.LocalName)
        || (element.LocalName == "header" && element.Closest("article, main") is null)
        || element.HasAttribute("hidden")
        || element.GetAttribute("aria-hidden") == "true"
        || element.GetAttribute("role") is "navigation" or "banner" or "contentinfo" or "search" or "complementary";
}
