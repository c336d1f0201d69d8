namespace AiSaas.Core.Documents;

/// <summary>A section that begins on a page without a heading there: an entry of the document's outline.</summary>
/// <param name="Level">1 to 6.</param>
/// <param name="Start">Where in the page's text; 0 at its top.</param>
public sealed record SectionOpening(int Level, int Start, string Title);
