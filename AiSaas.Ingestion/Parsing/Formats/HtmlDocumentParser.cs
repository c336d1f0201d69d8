using System.Runtime.CompilerServices;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>The main content of a page: no navigation, no scripts, nothing fetched.</summary>
internal sealed class HtmlDocumentParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    private const int Least = 400;

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Html];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = File.OpenRead(input.Path);
        if (file.Length > Options.MaxTreeBytes)
        {
            throw DocumentFaultException.TooMuch(
                $"The page is larger than {Options.MaxTreeBytes >> 20} MB, which is the most that an HTML page may have. Split it, or save it as text.");
        }

        if (await HtmlDepth.ExceedsAsync(file, HtmlTree.MostDepth, cancellation))
        {
            throw HtmlTree.TooDeep();
        }

        file.Position = 0;
        string text = await HtmlText.ReadAsync(file, input.Charset, cancellation);
        var (title, blocks) = await TreeAsync(() => Read(text), cancellation);
        input.Title = title;
        foreach (var block in blocks)
        {
            yield return block;
        }

        input.Fraction = 1;
    }

    private static (string? Title, List<FlowBlock> Blocks) Read(string text)
    {
        // A parser without a browsing context runs no script and loads nothing.
        using var document = new HtmlParser(new HtmlParserOptions { IsScripting = false }).ParseDocument(text);
        string heading = CleanText.Collapse(Only(document.QuerySelectorAll("h1"))?.TextContent).TrimEnd('¶', '#', ' ');
        string title = CleanText.Collapse(document.Title);
        var root = document.QuerySelector("main, [role=main]") ?? Only(document.QuerySelectorAll("article")) ?? document.Body;
        List<FlowBlock> blocks = root is null ? [] : [.. new HtmlBlocks(root).Read()];
        if (blocks.Count == 0 && document.Body is { } body)
        {
            // A page that is all navigation, or whose main part only a script would fill.
            blocks = [.. new HtmlBlocks(body, keepsNamed: true).Read()];
        }

        return (heading.Length > 0 ? heading : title.Length > 0 ? title : null, Substance(blocks));
    }

    // Of a page that is little but a list of links, the list is what it says.
    private static List<FlowBlock> Substance(List<FlowBlock> blocks) =>
        blocks.Where(block => block.Kind is not (BlockKind.Contents or BlockKind.Heading)).Sum(block => block.Text.Length) >= Least
            ? blocks
            : [.. blocks.Select(block => block.Kind == BlockKind.Contents ? FlowBlock.ListItem("- " + block.Text) : block)];

    private static IElement? Only(IHtmlCollection<IElement> found) => found.Length == 1 ? found[0] : null;
}
