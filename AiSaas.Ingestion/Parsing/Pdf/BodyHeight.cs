namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>The height of the lines that most of a document's text is set in: what is clearly higher is a heading.</summary>
internal sealed class BodyHeight
{
    private readonly Dictionary<int, long> _characters = [];

    public void Learn(PdfPage page)
    {
        foreach (var line in page.Lines)
        {
            int tenths = (int)Math.Round(Math.Clamp(line.Height, 0, 200) * 5);
            _characters[tenths] = _characters.GetValueOrDefault(tenths) + line.Text.Length;
        }
    }

    /// <summary>In points; 0 before anything was seen.</summary>
    public double Value => _characters.Count == 0 ? 0 : _characters.MaxBy(pair => pair.Value).Key / 5.0;
}
