using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AiSaas.Ingestion.Parsing.Flow;
using Markdig.Extensions.Tables;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Turns a Markdown tree into blocks of plain text. Markdig bounds the depth of the tree, so recursion is safe.</summary>
internal sealed partial class MarkdownBlocks
{
    private readonly List<FlowBlock> _found = [];

    /// <summary>As the front matter gives it, else the first heading of the first level.</summary>
    public string? Title { get; private set; }

    public List<FlowBlock> Read(MarkdownDocument document)
    {
        foreach (var block in document)
        {
            Read(block);
        }

        return _found;
    }

    private void Read(Block block)
    {
        switch (block)
        {
            case YamlFrontMatterBlock head:
                Title ??= FrontMatter().Match(head.Lines.ToString()) is { Success: true } title ? title.Groups[2].Value.Trim() : null;
                break;
            case LinkReferenceDefinitionGroup or ThematicBreakBlock:
                break;
            case HtmlBlock html:
                _found.AddRange(HtmlTree.Read(html.Lines.ToString()));
                break;
            case HeadingBlock heading:
                Heading(heading);
                break;
            case CodeBlock code:
                Add(FlowBlock.Code(code.Lines.ToString()));
                break;
            case Table table:
                foreach (var row in table.OfType<TableRow>())
                {
                    Add(FlowBlock.Row(string.Join(" | ", row.OfType<TableCell>().Select(Text))));
                }

                break;
            case ListBlock list:
                Items(list, depth: 0);
                break;
            case LeafBlock leaf:
                Add(FlowBlock.Paragraph(Text(leaf.Inline)));
                break;
            case ContainerBlock container:
                foreach (var child in container)
                {
                    Read(child);
                }

                break;
        }
    }

    private void Heading(HeadingBlock heading)
    {
        string text = Text(heading.Inline);
        Title ??= heading.Level == 1 && text.Length > 0 ? text : null;
        Add(FlowBlock.Heading(heading.Level, text));
    }

    private void Items(ListBlock list, int depth)
    {
        int number = int.TryParse(list.OrderedStart, CultureInfo.InvariantCulture, out int start) ? start : 1;
        foreach (var item in list.OfType<ListItemBlock>())
        {
            string mark = list.IsOrdered ? $"{number++}. " : "- ";
            bool first = true;
            foreach (var child in item)
            {
                if (child is ListBlock inner)
                {
                    Items(inner, depth + 1);
                }
                else if (child is ParagraphBlock paragraph)
                {
                    Add(FlowBlock.ListItem(new string(' ', depth * 2) + (first ? mark : "  ") + Text(paragraph.Inline)));
                    first = false;
                }
                else
                {
                    Read(child);
                }
            }
        }
    }

    private void Add(FlowBlock block)
    {
        if (!string.IsNullOrWhiteSpace(block.Text))
        {
            _found.Add(block);
        }
    }

    [GeneratedRegex("""^title:[ \t]*(["']?)(.{1,300}?)\1[ \t]*\r?$""", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex FrontMatter();

    private static string Text(ContainerBlock cell) =>
        string.Join(' ', cell.Descendants<LeafBlock>().Select(leaf => Text(leaf.Inline)));

    private static string Text(ContainerInline? inline)
    {
        StringBuilder text = new();
        foreach (var piece in inline?.Descendants() ?? [])
        {
            switch (piece)
            {
                case LiteralInline literal:
                    text.Append(literal.Content.AsSpan());
                    break;
                case CodeInline code:
                    text.Append(code.Content);
                    break;
                case AutolinkInline link:
                    text.Append(link.Url);
                    break;
                case HtmlEntityInline entity:
                    text.Append(entity.Transcoded.AsSpan());
                    break;
                case LineBreakInline { IsHard: true }:
                    text.Append('\n');
                    break;
                case LineBreakInline:
                    text.Append(' ');
                    break;
            }
        }

        return text.ToString().Trim();
    }
}
