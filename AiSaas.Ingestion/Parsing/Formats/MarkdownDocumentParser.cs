using System.Runtime.CompilerServices;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Markdig;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Markdown by its syntax tree; what is too long or too deep for a tree is read as the text that it is.</summary>
internal sealed class MarkdownDocumentParser(IOptions<ParsingOptions> options, PlainTextParser plain) : FlowParser(options)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseGridTables().UseFootnotes().UseDefinitionLists().UseYamlFrontMatter().Build();

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Markdown];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        bool any = false;
        foreach (var block in await BlocksAsync(input, cancellation) ?? [])
        {
            any = true;
            yield return block;
        }

        if (!any)
        {
            await foreach (var block in plain.ReadPlainAsync(input, cancellation))
            {
                yield return block;
            }
        }
    }

    private async Task<List<FlowBlock>?> BlocksAsync(ParserInput input, CancellationToken cancellation)
    {
        if (new FileInfo(input.Path).Length > Options.MaxTreeBytes / 4)
        {
            return null;
        }

        var encoding = await TextEncoding.DetectAsync(input.Path, input.Charset, cancellation);
        string text = CleanText.Of(await File.ReadAllTextAsync(input.Path, encoding, cancellation));
        try
        {
            MarkdownBlocks blocks = new();
            var found = await TreeAsync(() => blocks.Read(Markdown.Parse(text, Pipeline)), cancellation);
            input.Title = blocks.Title;
            return found;
        }
        catch (ArgumentException)
        {
            // Markdig refuses nesting deeper than its limit.
            return null;
        }
    }
}
