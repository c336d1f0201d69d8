using System.Text;
using System.Text.RegularExpressions;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>Makes a page's text from its words, keeping where each of them stands.</summary>
/// <remarks>
/// Lines of a paragraph are joined: by nothing where a word was broken at a hyphen, by a line break where a line ends early
/// and the next one does not follow from it (lists, addresses, code), else by a space. A paragraph that goes on in the next
/// column is one paragraph. Rows of tables are lines of cells. What the outline names is a heading of its level; what else looks
/// like one stands below it.
/// </remarks>
internal sealed partial class PdfPageComposer(BodyHeight body, RunningHeads heads, PdfOutline outline)
{
    private const int DeepestHeading = 6;

    // So much taller than the body a heading is, where nothing else says that it is one.
    private const double Larger = 1.12;

    // A line is short when it ends this much of its block's width before the edge.
    private const double Short = 0.18;

    private const int MostGaps = 16;

    private readonly StringBuilder _text = new();
    private readonly List<PageBlock> _blocks = [];
    private readonly List<TextBox> _boxes = [];
    private readonly HashSet<PdfLine> _written = new(ReferenceEqualityComparer.Instance);
    private OutlineHeadings _outlined = new([], []);
    private ContentsLines _contents = ContentsLines.None;
    private int _outlineLevel;

    public ParsedPage Compose(PdfPage page, int number)
    {
        _text.Clear();
        _blocks.Clear();
        _boxes.Clear();
        _written.Clear();
        _outlined = new(outline.Of(number), [.. page.Lines.Where(line => !heads.Contains(page, line))]);
        List<SectionOpening> openings = [.. _outlined.Above.Select(entry => new SectionOpening(entry.Level, 0, entry.Title))];
        _outlineLevel = openings is [.., var innermost] ? innermost.Level : _outlineLevel;
        _contents = new(page, line => !heads.Contains(page, line), line => _outlined.Of(line) is null && outline.Names(ContentsLines.Entry(line.Text)));
        var tables = PdfTables.Find(page.Lines.Where(line => !heads.Contains(page, line) && _outlined.Of(line) is null && !_contents.Has(line))).ToList();
        foreach (var block in page.Blocks)
        {
            PdfLine? before = null;
            foreach (var line in block.Lines.Where(line => !heads.Contains(page, line)))
            {
                if (_written.Contains(line))
                {
                    continue;
                }

                if (tables.Find(table => table.Lines.Contains(line)) is { } table)
                {
                    Add(table);
                    before = null;
                }
                else
                {
                    Add(block, before, line);
                    before = line;
                }
            }
        }

        openings.AddRange(_outlined.Below.Select(entry => new SectionOpening(entry.Level, _text.Length, entry.Title)));
        _outlineLevel = _outlined.Last > 0 ? _outlined.Last : _outlineLevel;
        return new ParsedPage(number, page.Width, page.Height, _text.ToString(), [.. _blocks], [.. _boxes]) { Openings = openings };
    }

    private void Add(PdfTable table)
    {
        bool first = true;
        foreach (var row in table.Rows)
        {
            _text.Append(!first ? "\n" : _text.Length > 0 ? "\n\n" : "");
            first = false;
            int start = _text.Length;
            foreach (var cell in row)
            {
                _text.Append(_text.Length > start ? " | " : "");
                Write(cell);
            }

            _blocks.Add(new PageBlock(BlockKind.TableRow, 0, start, _text.Length));
        }

        _written.UnionWith(table.Lines);
    }

    private void Add(PdfBlock block, PdfLine? before, PdfLine line)
    {
        var (kind, level) = Classify(block, line);
        if (_blocks.Count > 0 && Continues(block, before, line, kind))
        {
            Join(block, before, line);
            Write(line);
            _blocks[^1] = _blocks[^1] with { End = _text.Length };
            return;
        }

        if (_text.Length > 0)
        {
            _text.Append(kind is BlockKind.ListItem or BlockKind.Contents && _blocks[^1].Kind == kind ? "\n" : "\n\n");
        }

        int start = _text.Length;
        Write(line);
        _blocks.Add(new PageBlock(kind, level, start, _text.Length));
    }

    private bool Continues(PdfBlock block, PdfLine? before, PdfLine line, BlockKind kind)
    {
        var last = _blocks[^1];
        if (_outlined.Of(line) is { } outlined)
        {
            return outlined.Continues && last.Kind == BlockKind.Heading;
        }

        if (before is not null && _outlined.Of(before) is not null)
        {
            return false;
        }

        if (kind == BlockKind.Heading || last.Kind == BlockKind.Heading)
        {
            // A heading may take several lines of the same size.
            return kind == last.Kind && before is not null && Math.Abs(before.Height - line.Height) < 1
                && !NumberedHeading().IsMatch(line.Text);
        }

        if (kind == BlockKind.ListItem || kind == BlockKind.Contents || last.Kind == BlockKind.Contents)
        {
            return false;
        }

        if (before is null)
        {
            // The next block: the same paragraph only where a sentence is left open and goes on in lower case.
            return last.Kind == BlockKind.Paragraph && !EndsSentence() && char.IsLower(line.Text[0]);
        }

        double gap = line.Box.Top - before.Box.Bottom;
        return gap < before.Box.Height * 0.8 && !(IsShort(block, before) && EndsSentence());
    }

    private void Join(PdfBlock block, PdfLine? before, PdfLine line)
    {
        bool broken = _text.Length > 1 && _text[^1] == '-' && char.IsLetter(_text[^2]) && char.IsLower(line.Text[0]);
        if (broken)
        {
            _text.Length--;
            if (_boxes.Count > 0 && _boxes[^1].End > _text.Length)
            {
                _boxes[^1] = _boxes[^1] with { End = _text.Length };
            }
        }
        else
        {
            _text.Append(before is not null && IsShort(block, before) ? '\n' : ' ');
        }
    }

    private void Write(PdfLine line)
    {
        // The dots between an entry of a table of contents and its page are no words.
        bool dotted = DotLeader().IsMatch(line.Text);
        int first = _text.Length;
        foreach (var (box, text) in line.Words.Where(word => !dotted || word.Text.AsSpan().ContainsAnyExcept('.', '…')))
        {
            if (_text.Length > first)
            {
                _text.Append(' ');
            }

            int start = _text.Length;
            _text.Append(text);
            _boxes.Add(new TextBox(start, _text.Length, box.Left, box.Top, box.Width, box.Height));
        }
    }

    private (BlockKind Kind, int Level) Classify(PdfBlock block, PdfLine line)
    {
        if (_outlined.Of(line) is { } outlined)
        {
            _outlineLevel = outlined.Level;
            return (BlockKind.Heading, outlined.Level);
        }

        if (_contents.Has(line))
        {
            return (BlockKind.Contents, 0);
        }

        var (kind, level) = ClassifyByLooks(block, line);
        if (kind != BlockKind.Heading || outline.Entries.Count == 0)
        {
            return (kind, level);
        }

        // With an outline only looks make further headings: a number before a line of the body's size is a point of a list.
        return line.Height < body.Value * Larger ? (BlockKind.ListItem, 0)
            : (kind, _outlineLevel == 0 ? level : Math.Min(DeepestHeading, Math.Max(level, _outlineLevel + 1)));
    }

    private (BlockKind Kind, int Level) ClassifyByLooks(PdfBlock block, PdfLine line)
    {
        string text = line.Text;
        if (DotLeader().IsMatch(text))
        {
            // An entry of a table of contents: a line of its own, and no heading.
            return (BlockKind.ListItem, 0);
        }

        if (block.Lines.Count <= 3 && text.Length is >= 2 and <= 160 && text.Any(char.IsLetter) && body.Value > 0)
        {
            double ratio = line.Height / body.Value;
            var number = NumberedHeading().Match(text);
            if (ratio >= Larger && ReadsAsHeading(text, number.Length))
            {
                int byNumber = number.Success ? Math.Min(6, number.Groups[1].Value.Count(letter => letter == '.') + 1) : 0;
                return (BlockKind.Heading, byNumber > 0 ? byNumber : ratio >= 1.9 ? 0 : ratio >= 1.45 ? 1 : ratio >= 1.25 ? 2 : 3);
            }

            if (block.Lines.Count == 1 && number.Success && text.Length <= 90 && !text.EndsWith('.') && ratio >= 0.98)
            {
                return (BlockKind.Heading, Math.Min(6, number.Groups[1].Value.Trim('.').Count(letter => letter == '.') + 1));
            }
        }

        return (Bullet().IsMatch(text) ? BlockKind.ListItem : BlockKind.Paragraph, 0);
    }

    // Code and formulas are often set higher than the text around them; sentences they are not, and neither are headings.
    private static bool ReadsAsHeading(string text, int number) =>
        text[^1] is not ('.' or ',' or ';' or '-') && text.Count(letter => letter == ' ') <= MostGaps
        && text.IndexOf(". ", number, StringComparison.Ordinal) < 0;

    private bool EndsSentence() => _text.Length > 0 && _text[^1] is '.' or '!' or '?' or ':' or '"' or '”' or ')' or '。' or '！' or '？';

    private static bool IsShort(PdfBlock block, PdfLine line) =>
        block.Box.Width > 0 && block.Box.Right - line.Box.Right > block.Box.Width * Short;

    // Manuals of systems name files: "3.4. /bin".
    [GeneratedRegex(@"^((?:\d{1,2}\.)*\d{1,2})\.?\s+(?:\p{Lu}|/\w)")]
    private static partial Regex NumberedHeading();

    [GeneratedRegex(@"(?:\.\s?){4,}")]
    private static partial Regex DotLeader();

    [GeneratedRegex(@"^(?:[•◦▪‣●○■–—*]\s|\(?[a-z0-9]{1,2}[.)]\s)")]
    private static partial Regex Bullet();
}
