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
        string? text = await HtmlText.ReadAsync(file, input.Charset, cancellation);
        // A parser without a browsing context runs no script and loads nothing.
        HtmlParser parser = new(new HtmlParserOptions { IsScripting = false });
        using var document = await TreeAsync(() => text is null ? parser.ParseDocument(file) : parser.ParseDocument(text), cancellation);
        var root = document.QuerySelector("main, [role=main]") ?? Only(document.QuerySelectorAll("article")) ?? document.Body;
        if (root is null)
        {
            yield break;
        }

        string heading = CleanText.Collapse(Only(document.QuerySelectorAll("h1"))?.TextContent);
        string title = CleanText.Collapse(document.Title);
        input.Title = heading.Length > 0 ? heading : title.Length > 0 ? title : null;
        foreach (var block in new HtmlBlocks(root).Read())
        {
            yield return block;
        }

        input.Fraction = 1;
    }

    private static IElement? Only(IHtmlCollection<IElement> found) => found.Length == 1 ? found[0] : null;
}
