using System.Text;
using AiSaas.Core.Documents;

namespace AiSaas.Ingestion.Parsing.Flow;

/// <summary>Lays blocks out on pages of about 3,000 characters, so that formats without pages can be cited by page too.</summary>
/// <remarks>Breaks fall between blocks, and rather before a heading than after it; only a block longer than a page is cut.</remarks>
internal sealed class FlowPages
{
    public const int PageLength = 3000;

    // A heading this near to the end of a page opens the next one.
    private const int KeepWithNext = PageLength * 3 / 4;

    private readonly StringBuilder _text = new(PageLength + 256);
    private readonly List<PageBlock> _blocks = [];
    private int _number;

    /// <summary>Adds a block and yields the pages that it fills.</summary>
    public IEnumerable<ParsedPage> Add(FlowBlock block)
    {
        if (block.Page > _number + 1 && _text.Length > 0)
        {
            yield return Close();
        }

        // A page that a longer one before it ran into keeps its place in the order, not its number.
        _number = _text.Length == 0 ? Math.Max(_number, block.Page - 1) : _number;
        string text = CleanText.Of(block.Text);
        // The first line of code keeps its indent.
        text = block.Kind == BlockKind.Code ? text.Trim('\n').TrimEnd() : text.Trim();
        for (int start = 0; start < text.Length;)
        {
            int end = text.Length - start <= PageLength ? text.Length : TextCuts.Before(text, start, start + PageLength, byLines: block.Kind == BlockKind.Code);
            int length = end - start;
            bool full = _text.Length > 0 && (_text.Length + length > PageLength
                || (block.Kind == BlockKind.Heading && _text.Length > KeepWithNext));
            if (full)
            {
                yield return Close();
            }

            Append(block, text.AsSpan(start, length).TrimEnd());
            start = end;
            while (start < text.Length && char.IsWhiteSpace(text[start]))
            {
                start++;
            }
        }
    }

    /// <summary>The last page; null where nothing is left.</summary>
    public ParsedPage? Finish() => _text.Length > 0 ? Close() : null;

    private void Append(FlowBlock block, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        if (_blocks.Count > 0)
        {
            bool run = _blocks[^1].Kind == block.Kind && block.Kind is BlockKind.ListItem or BlockKind.TableRow or BlockKind.Code or BlockKind.Contents;
            _text.Append(run ? "\n" : "\n\n");
        }

        int start = _text.Length;
        _text.Append(text);
        _blocks.Add(new PageBlock(block.Kind, block.Level, start, _text.Length));
    }

    private ParsedPage Close()
    {
        ParsedPage page = new(++_number, 0, 0, _text.ToString(), [.. _blocks], []);
        _text.Clear();
        _blocks.Clear();
        return page;
    }
}
