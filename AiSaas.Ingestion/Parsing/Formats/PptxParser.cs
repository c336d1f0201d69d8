using System.Runtime.CompilerServices;
using System.Xml;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Presentations: a page for each slide, its notes below it; hidden slides count, since their text is the author's.</summary>
internal sealed class PptxParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    private const string Presentation = "ppt/presentation.xml";

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Pptx];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var zip = SafeZip.Open(input.Path, "This PPTX", Options);
        var slides = await zip.GuardedAsync(() => SlidesAsync(zip));
        input.Title = await zip.GuardedAsync(() => OfficePackage.TitleAsync(zip));
        for (int number = 1; number <= slides.Count; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var block in await zip.GuardedAsync(() => SlideAsync(zip, slides[number - 1])))
            {
                yield return block with { Page = number };
            }

            input.Fraction = (double)number / slides.Count;
        }
    }

    private static async Task<List<string>> SlidesAsync(SafeZip zip)
    {
        using var part = zip.Read(Presentation)
            ?? throw new DocumentFaultException("documents:not-what-it-says", "This is a ZIP archive, but no presentation.");
        var relations = await OfficePackage.RelationsAsync(zip, Presentation);
        List<string> slides = [];
        while (await part.Xml.ReadAsync())
        {
            // Two attributes are called id; the relation's is the one with a prefix.
            if (part.Xml is { NodeType: XmlNodeType.Element, LocalName: "sldId" } && RelationId(part.Xml) is { } id
                && relations.TryGetValue(id, out string? slide))
            {
                slides.Add(slide);
            }
        }

        return slides;
    }

    private static async Task<List<FlowBlock>> SlideAsync(SafeZip zip, string slide)
    {
        using var part = zip.Read(slide);
        if (part is null)
        {
            return [];
        }

        var blocks = await new PptxShapes(part.Xml, areNotes: false).ReadAsync();
        var relations = await OfficePackage.RelationsAsync(zip, slide);
        foreach (string target in relations.Values.Where(IsDrawing))
        {
            using var drawing = zip.Read(target);
            blocks.AddRange(drawing is null ? [] : await new PptxShapes(drawing.Xml, areNotes: false).ReadAsync());
        }

        foreach (string target in relations.Values.Where(target => target.StartsWith("ppt/notesSlides/", StringComparison.Ordinal)))
        {
            using var notes = zip.Read(target);
            blocks.AddRange(notes is null ? [] : await new PptxShapes(notes.Xml, areNotes: true).ReadAsync());
        }

        return blocks;
    }

    // The words of diagrams (SmartArt) and the titles of charts stand in parts of their own.
    private static bool IsDrawing(string target) =>
        target.StartsWith("ppt/diagrams/data", StringComparison.Ordinal) || target.StartsWith("ppt/charts/chart", StringComparison.Ordinal);

    private static string? RelationId(XmlReader xml)
    {
        string? found = null;
        while (xml.MoveToNextAttribute())
        {
            found = xml.LocalName == "id" && xml.Prefix.Length > 0 ? xml.Value : found;
        }

        xml.MoveToElement();
        return found;
    }
}
