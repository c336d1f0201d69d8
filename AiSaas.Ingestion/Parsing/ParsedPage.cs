using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;

namespace AiSaas.Ingestion.Parsing;

/// <summary>A page as search and citations will know it.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="Width">In points; 0 for formats without a page geometry.</param>
/// <param name="Blocks">In order, without overlap; text between them is only white space.</param>
/// <param name="Boxes">Where words stand; empty without a page geometry.</param>
internal sealed record ParsedPage(
    int Number, double Width, double Height, string Text, IReadOnlyList<PageBlock> Blocks, IReadOnlyList<TextBox> Boxes)
{
    /// <summary>Sections of the document's outline that begin here without a heading, in order.</summary>
    public IReadOnlyList<SectionOpening> Openings { get; init; } = [];
}
