using System.Text;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Parsing.Formats;
using AiSaas.Ingestion.Parsing.Pdf;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Documents;

/// <summary>Runs the real parsers on bytes.</summary>
internal static class Reading
{
    private static readonly IOptions<ParsingOptions> Options = Microsoft.Extensions.Options.Options.Create(new ParsingOptions
    {
        ToolsBin = Environment.GetEnvironmentVariable("AISAAS_TOOLS_BIN"),
    });

    public static async Task<(List<ParsedPage> Pages, ParserInput Input)> ParseAsync(string name, byte[] content, ParsingOptions? limits = null)
    {
        var options = limits is null ? Options : Microsoft.Extensions.Options.Options.Create(limits);
        PlainTextParser plain = new(options);
        IDocumentParser[] parsers =
        [
            plain, new HtmlDocumentParser(options), new MarkdownDocumentParser(options, plain), new DocxParser(options),
            new PptxParser(options), new XlsxParser(options), new EpubParser(options), new CsvParser(options), new JsonParser(options, plain),
            Pdf(options),
        ];
        string type = Assert.IsType<Recognition.Readable>(DocumentFormats.Recognize(name, content.AsSpan(0, Math.Min(content.Length, 64 << 10)))).ContentType;
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
            ParserInput input = new(path, name);
            List<ParsedPage> pages = [];
            await foreach (var page in parsers.Single(parser => parser.ContentTypes.Contains(type)).ParseAsync(input, TestContext.Current.CancellationToken))
            {
                CheckPage(page);
                pages.Add(page);
            }

            return (pages, input);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static PdfTool Tool(IOptions<ParsingOptions>? options = null) => new(options ?? Options, TimeProvider.System);

    private static PdfParser Pdf(IOptions<ParsingOptions> options)
    {
        var tool = Tool(options);
        return new PdfParser(tool, new ScanReader(tool, options), options);
    }

    public static Task<(List<ParsedPage> Pages, ParserInput Input)> ParseAsync(string name, string content) =>
        ParseAsync(name, Encoding.UTF8.GetBytes(content));

    public static async Task<string> FaultAsync(string name, byte[] content, ParsingOptions? limits = null) =>
        (await Assert.ThrowsAsync<DocumentFaultException>(() => ParseAsync(name, content, limits))).Failure.Code;

    /// <summary>The pages' blocks as "kind level: text".</summary>
    public static List<string> Outline(IEnumerable<ParsedPage> pages) =>
        [.. pages.SelectMany(page => page.Blocks.Select(block =>
            $"{block.Kind}{(block.Kind == BlockKind.Heading ? $" {block.Level}" : "")}: {page.Text[block.Start..block.End]}"))];

    // What every page of every format promises.
    private static void CheckPage(ParsedPage page)
    {
        int end = 0;
        foreach (var block in page.Blocks)
        {
            Assert.InRange(block.Start, end, block.End - 1);
            Assert.True(string.IsNullOrWhiteSpace(page.Text[end..block.Start]));
            end = block.End;
        }

        Assert.True(string.IsNullOrWhiteSpace(page.Text[end..]));
        Assert.All(page.Boxes, box => Assert.InRange(box.End, box.Start, page.Text.Length));
    }
}
