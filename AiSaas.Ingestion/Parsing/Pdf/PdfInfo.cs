using System.Globalization;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>What a PDF says of itself.</summary>
internal sealed record PdfInfo(int Pages, string? Title)
{
    private const int MostLines = 1000;

    // What programs write when nobody gave a title.
    private static readonly string[] NoTitles = ["untitled", "microsoft word - ", "microsoft powerpoint - ", "document1", "(anonymous)", "print"];

    public static async Task<PdfInfo> ReadAsync(PdfTool poppler, string path, CancellationToken cancellation)
    {
        await using var run = poppler.Start("pdfinfo", ["-enc", "UTF-8", path], cancellation);
        int pages = 0;
        string? title = null;
        for (int lines = 0; lines < MostLines && await run.Output.ReadLineAsync(cancellation) is { } line; lines++)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string value = colon < 0 ? "" : line[(colon + 1)..].Trim();
            switch (colon < 0 ? "" : line[..colon])
            {
                case "Pages":
                    pages = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
                    break;
                case "Title":
                    title = Meaningful(value);
                    break;
            }
        }

        await run.CheckAsync();
        return pages > 0 ? new PdfInfo(pages, title) : throw DocumentFaultException.Damaged("This PDF");
    }

    private static string? Meaningful(string title)
    {
        title = CleanText.Collapse(CleanText.Of(title));
        bool useless = title.Length is < 3 or > 300
            || Array.Exists(NoTitles, none => title.StartsWith(none, StringComparison.OrdinalIgnoreCase))
            || (!title.Contains(' ', StringComparison.Ordinal) && Path.HasExtension(title));
        return useless ? null : title;
    }
}
