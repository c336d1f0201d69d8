using System.Runtime.CompilerServices;
using System.Xml;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Spreadsheets: a section for each sheet, a line for each row, with the columns' names where the sheet has them, so that a
/// row that is found by itself says what its numbers are.</summary>
/// <remarks>Values as they were last calculated; nothing is calculated, linked or fetched. Rows are streamed: the size of a sheet
/// costs no memory, that of its distinct texts does and is bounded.</remarks>
internal sealed class XlsxParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    private const string Workbook = "xl/workbook.xml";

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Xlsx];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var zip = SafeZip.Open(input.Path, "This XLSX", Options);
        var (sheets, from1904) = await zip.GuardedAsync(() => SheetsAsync(zip));
        input.Title = await zip.GuardedAsync(() => OfficePackage.TitleAsync(zip));
        var texts = await zip.GuardedAsync(() => XlsxTexts.ReadAsync(zip, cancellation));
        var formats = await zip.GuardedAsync(() => XlsxFormats.ReadAsync(zip, from1904));
        for (int number = 0; number < sheets.Count; number++)
        {
            var (name, path) = sheets[number];
            using var part = zip.Read(path);
            if (part is null)
            {
                continue;
            }

            yield return FlowBlock.Heading(1, name);
            var merges = await zip.GuardedAsync(() => XlsxMerges.ReadAsync(zip, path));
            XlsxRows rows = new(part.Xml, texts, formats, merges);
            while (await zip.GuardedAsync(() => rows.NextAsync(cancellation)) is { } row)
            {
                yield return FlowBlock.Row(row);
            }

            input.Fraction = (number + 1.0) / sheets.Count;
        }
    }

    private static async Task<(List<(string Name, string Part)> Sheets, bool From1904)> SheetsAsync(SafeZip zip)
    {
        using var part = zip.Read(Workbook)
            ?? throw new DocumentFaultException("documents:not-what-it-says", "This is a ZIP archive, but no spreadsheet.");
        var relations = await OfficePackage.RelationsAsync(zip, Workbook);
        List<(string, string)> sheets = [];
        bool from1904 = false;
        while (await part.Xml.ReadAsync())
        {
            if (part.Xml is { NodeType: XmlNodeType.Element, LocalName: "workbookPr" })
            {
                from1904 = OfficePackage.Attribute(part.Xml, "date1904") is "1" or "true";
            }
            else if (part.Xml is { NodeType: XmlNodeType.Element, LocalName: "sheet" }
                && OfficePackage.Attribute(part.Xml, "id") is { } id && relations.TryGetValue(id, out string? sheet))
            {
                sheets.Add((OfficePackage.Attribute(part.Xml, "name") ?? $"Sheet {sheets.Count + 1}", sheet));
            }
        }

        return (sheets, from1904);
    }
}
