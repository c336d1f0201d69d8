using System.Runtime.CompilerServices;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Word documents, streamed from their XML part by part: a long one costs no tree, and no relationship is followed.</summary>
internal sealed class DocxParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Docx];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var zip = SafeZip.Open(input.Path, "This DOCX", Options);
        var styles = await zip.GuardedAsync(() => DocxStyles.ReadAsync(zip));
        input.Title = await zip.GuardedAsync(() => OfficePackage.TitleAsync(zip));
        using var part = zip.Read("word/document.xml")
            ?? throw new DocumentFaultException("documents:not-what-it-says", "This is a ZIP archive, but no Word document.");
        var numbering = await zip.GuardedAsync(() => DocxNumbering.ReadAsync(zip));
        var notes = await zip.GuardedAsync(() => DocxNotes.ReadAsync(zip));
        DocxBlocks blocks = new(part.Xml, styles, numbering, notes);
        while (await zip.GuardedAsync(() => blocks.ReadAsync(cancellation)))
        {
            foreach (var block in blocks.Take())
            {
                yield return block;
            }

            input.Fraction = 0.5;
        }

        foreach (var block in blocks.Take())
        {
            yield return block;
        }
    }
}
