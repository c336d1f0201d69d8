using System.Globalization;
using System.Runtime.CompilerServices;
using System.Xml;
using AiSaas.Core.Documents;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>PDF by poppler, out of process, a few pages in memory at a time.</summary>
/// <remarks>
/// 1. <c>pdfinfo</c> says whether it can be opened, how many pages it has and what it is called.
/// 2. <c>pdftohtml</c> gives its outline, whose entries are sections.
/// 3. <c>pdftotext -bbox-layout</c> streams words with their boxes, in reading order.
/// 4. Pages without words are drawn and read by tesseract, several at once, while others wait for their turn.
/// 5. Pages wait in a window until headers, footers and the body's size are known from it; then they are composed.
/// </remarks>
internal sealed class PdfParser(PdfTool poppler, ScanReader reader, IOptions<ParsingOptions> options) : IDocumentParser
{
    private const int Window = 32;
    private const int NamedPages = 12;

    public IReadOnlyList<string> ContentTypes => [DocumentFormats.Pdf];

    public async IAsyncEnumerable<ParsedPage> ParseAsync(ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var info = await PdfInfo.ReadAsync(poppler, input.Path, cancellation);
        if (info.Pages > options.Value.MaxPages)
        {
            throw DocumentFaultException.TooMuch($"The PDF has {info.Pages:N0} pages; a document may have {options.Value.MaxPages:N0}.");
        }

        input.Title = info.Title;
        Composition pages = new(await PdfOutline.ReadAsync(poppler, input.Path, cancellation));
        await using PageScans scans = new(reader, input.Path, options.Value.MaxScannedPages, cancellation);
        List<int> silent = [];
        await foreach (var page in PagesAsync(input, pages, scans, cancellation))
        {
            input.Fraction = Math.Min(1, (double)page.Number / info.Pages);
            input.Title ??= FirstTitle(page);
            if (page.Text.Length == 0)
            {
                silent.Add(page.Number);
            }

            yield return page;
        }

        if (silent.Count == pages.Count)
        {
            string what = pages.Count == 1 ? "This PDF has no text" : $"This PDF has no text on any of its {pages.Count} pages";
            throw DocumentFaultException.NoText(reader.IsInstalled
                ? $"{what}, and none could be read from its pictures."
                : $"{what}: it is a scan, and this installation can't read scans (tesseract is not installed).");
        }

        input.Notice = Notice(silent, scans, pages.Count);
    }

    private async IAsyncEnumerable<ParsedPage> PagesAsync(
        ParserInput input, Composition pages, PageScans scans, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var run = poppler.Start("pdftotext", ["-bbox-layout", "-enc", "UTF-8", input.Path, "-"], cancellation);
        using CleanXmlReader output = new(run.Output, poppler.OutputLimit, cancellation);
        await using var found = BboxReader.ReadAsync(output, cancellation).GetAsyncEnumerator(CancellationToken.None);
        bool more = true;
        while (more)
        {
            more = await NextAsync(run, found);
            if (more)
            {
                scans.Add(found.Current);
            }

            while (scans.IsReady(atEnd: !more))
            {
                pages.Add(await scans.TakeAsync());
                if (pages.Waiting >= Window)
                {
                    foreach (var page in pages.Take())
                    {
                        yield return page;
                    }
                }
            }
        }

        foreach (var page in pages.Take())
        {
            yield return page;
        }
    }

    /// <summary>The next page; whatever ends the stream early becomes a fault in words.</summary>
    private static async Task<bool> NextAsync(PdfTool.PdfToolRun run, IAsyncEnumerator<PdfPage> found)
    {
        try
        {
            if (await found.MoveNextAsync())
            {
                return true;
            }

            await run.CheckAsync();
            return false;
        }
        catch (XmlException)
        {
            // The output broke off; how the program ended says why.
            throw await run.ExplainAsync();
        }
    }

    private static string? FirstTitle(ParsedPage page) =>
        page.Number == 1 && page.Blocks.FirstOrDefault(block =>
            block.Kind == BlockKind.Heading && block.Level <= 1 && !char.IsDigit(page.Text[block.Start])) is { End: > 0 } heading
            ? CleanText.Collapse(page.Text.AsSpan(heading.Start, heading.End - heading.Start)) : null;

    private static string? Notice(List<int> silent, PageScans scans, int total)
    {
        string? read = scans.Read == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{scans.Read} of {total} pages are scans and were read from their pictures ({scans.Confidence:P0} sure): check what you quote.");
        string? lost = silent.Count == 0 ? null : Lost(silent, total);
        return read is null || lost is null ? read ?? lost : $"{read} {lost}";
    }

    private static string Lost(List<int> silent, int total)
    {
        List<string> ranges = [];
        for (int i = 0; i < silent.Count && ranges.Count < NamedPages; i++)
        {
            int first = silent[i];
            while (i + 1 < silent.Count && silent[i + 1] == silent[i] + 1)
            {
                i++;
            }

            ranges.Add(first == silent[i]
                ? first.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{first}–{silent[i]}"));
        }

        string more = ranges.Count == NamedPages ? " and others" : "";
        return $"{silent.Count} of {total} pages have no text (scans, or blank) and can't be searched: {string.Join(", ", ranges)}{more}.";
    }

    /// <summary>The pages that wait, and what has been learned from all so far.</summary>
    private sealed class Composition
    {
        private readonly BodyHeight _body = new();
        private readonly RunningHeads _heads = new();
        private readonly List<PdfPage> _waiting = [];
        private readonly PdfPageComposer _composer;

        public Composition(PdfOutline outline) => _composer = new PdfPageComposer(_body, _heads, outline);

        public int Count { get; private set; }

        public int Waiting => _waiting.Count;

        public void Add(PdfPage page)
        {
            _body.Learn(page);
            _heads.Learn(page);
            _waiting.Add(page);
        }

        public IEnumerable<ParsedPage> Take()
        {
            foreach (var page in _waiting)
            {
                yield return _composer.Compose(page, ++Count);
            }

            _waiting.Clear();
        }
    }
}
