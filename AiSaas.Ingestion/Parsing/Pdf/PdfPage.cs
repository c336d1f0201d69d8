namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>A page as poppler sees it: blocks in reading order, in points from the top left corner.</summary>
internal sealed record PdfPage(double Width, double Height, IReadOnlyList<PdfBlock> Blocks)
{
    public IEnumerable<PdfLine> Lines => Blocks.SelectMany(block => block.Lines);
}

internal sealed record PdfBlock(PdfBox Box, IReadOnlyList<PdfLine> Lines);

internal sealed record PdfLine(PdfBox Box, IReadOnlyList<PdfWord> Words)
{
    public string Text { get; } = string.Join(' ', Words.Select(word => word.Text));

    /// <summary>The middle one of its words' heights: a symbol or a capital out of another font says nothing about the line.</summary>
    public double Height { get; } = Words.Select(word => word.Box.Height).Order().ElementAt(Words.Count / 2);
}

internal sealed record PdfWord(PdfBox Box, string Text);

internal readonly record struct PdfBox(double Left, double Top, double Right, double Bottom)
{
    public double Width => Right - Left;

    public double Height => Bottom - Top;
}
