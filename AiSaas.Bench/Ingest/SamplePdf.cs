using System.Globalization;
using System.Text;

namespace AiSaas.Bench.Ingest;

/// <summary>A PDF of many full pages, written as it is made.</summary>
internal static class SamplePdf
{
    private const int LinesOnPage = 46;

    public static void Write(string path, int pages, int seed)
    {
        Random random = new(seed);
        using FileStream file = File.Create(path);
        List<long> offsets = [];
        Put("%PDF-1.4\n");
        Object("<< /Type /Catalog /Pages 2 0 R >>");
        Object($"<< /Type /Pages /Count {pages} /Kids [{string.Join(' ', Enumerable.Range(0, pages).Select(i => $"{4 + (i * 2)} 0 R"))}] >>");
        Object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
        for (int page = 0; page < pages; page++)
        {
            string content = Content(page, random);
            Object($"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + (page * 2)} 0 R >>");
            Object($"<< /Length {content.Length} >>\nstream\n{content}\nendstream");
        }

        long table = file.Position;
        Put(string.Create(CultureInfo.InvariantCulture, $"xref\n0 {offsets.Count + 1}\n0000000000 65535 f \n"));
        offsets.ForEach(offset => Put(string.Create(CultureInfo.InvariantCulture, $"{offset:D10} 00000 n \n")));
        Put(string.Create(CultureInfo.InvariantCulture, $"trailer << /Size {offsets.Count + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));

        void Object(string body)
        {
            offsets.Add(file.Position);
            Put(string.Create(CultureInfo.InvariantCulture, $"{offsets.Count} 0 obj\n{body}\nendobj\n"));
        }

        void Put(string text) => file.Write(Encoding.Latin1.GetBytes(text));
    }

    private static string Content(int page, Random random)
    {
        StringBuilder content = new("BT\n");
        Line(40, 810, 9, "The long manual");
        Line(540, 20, 9, (page + 1).ToString(CultureInfo.InvariantCulture));
        Line(60, 770, 16, string.Create(CultureInfo.InvariantCulture, $"{page + 1} Section"));
        StringBuilder text = new();
        while (text.Length < LinesOnPage * 90)
        {
            SampleText.Sentence(text, random);
        }

        for (int line = 0; line < LinesOnPage; line++)
        {
            Line(60, 745 - (line * 15), 10, text.ToString(line * 90, 90).Trim());
        }

        return content.Append("ET").ToString();

        void Line(int x, int y, int size, string words) =>
            content.Append(CultureInfo.InvariantCulture, $"/F1 {size} Tf 1 0 0 1 {x} {y} Tm ({words}) Tj\n");
    }
}
