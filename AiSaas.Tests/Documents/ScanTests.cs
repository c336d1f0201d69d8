using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Parsing.Pdf;

namespace AiSaas.Tests.Documents;

/// <summary>Pages that are pictures of text.</summary>
public sealed class ScanTests
{
    private const int Width = 1240;
    private const int Height = 1754;

    [Fact]
    public async Task A_scanned_page_is_read_from_its_picture_with_a_box_for_each_word_and_in_its_place()
    {
        byte[] scan = await PictureAsync((60, 760, 20, "Warranty terms"), (60, 700, 12, "The warranty lasts for thirty months"), (60, 684, 12, "from the day of delivery."));
        MiniPdf pdf = new();
        pdf.Page((60, 700, 11, "This page has words.")).Picture(Width, Height, scan).Page((60, 700, 11, "And so has this one."));

        var (pages, input) = await Reading.ParseAsync("mixed.pdf", pdf.Build());

        Assert.Equal([1, 2, 3], pages.Select(page => page.Number));
        Assert.StartsWith("Warranty terms", pages[1].Text, StringComparison.Ordinal);
        Assert.Contains("The warranty lasts for thirty months from the day of delivery.", pages[1].Text.Replace('\n', ' '), StringComparison.Ordinal);
        int start = pages[1].Text.IndexOf("thirty", StringComparison.Ordinal);
        var box = Assert.Single(pages[1].Boxes, box => box.Start == start);
        Assert.InRange(box.Y, 842 - 700 - 20, 842 - 700);
        Assert.InRange(box.X, 150, 300);
        Assert.Contains("1 of 3 pages are scans and were read from their pictures (9", input.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_with_a_stamp_in_real_letters_is_a_scan_and_a_short_page_is_none()
    {
        byte[] scan = await PictureAsync(
        [
            .. Enumerable.Range(0, 8).Select(i => (60.0, 700 - (i * 20.0), 12.0, "The warranty lasts for thirty months from the day")),
        ]);
        MiniPdf pdf = new();
        pdf.Picture(Width, Height, scan, stamp: "Envelope 4711").Page((60, 700, 30, "Part two"));

        var (pages, input) = await Reading.ParseAsync("signed.pdf", pdf.Build());

        Assert.Contains("lasts for thirty months", pages[0].Text, StringComparison.Ordinal);
        Assert.Equal("Part two", pages[1].Text);
        Assert.Contains("1 of 2 pages are scans", input.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_scans_come_in_order_and_blank_ones_are_named()
    {
        MiniPdf pdf = new();
        string[] numbers = ["alpha", "bravo", "charlie", "delta"];
        foreach (string number in numbers)
        {
            pdf.Picture(Width, Height, await PictureAsync((60, 700, 18, $"This is page {number} of the book")));
        }

        pdf.Scan();

        var (pages, input) = await Reading.ParseAsync("book.pdf", pdf.Build());

        Assert.Equal(5, pages.Count);
        Assert.All(numbers.Zip(pages), pair => Assert.Contains(pair.First, pair.Second.Text, StringComparison.Ordinal));
        Assert.Contains("4 of 5 pages are scans", input.Notice, StringComparison.Ordinal);
        Assert.Contains("1 of 5 pages have no text", input.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_scans_are_read_than_allowed()
    {
        byte[] scan = await PictureAsync((60, 700, 18, "This page is a picture"));
        MiniPdf pdf = new();
        pdf.Picture(Width, Height, scan).Picture(Width, Height, scan);

        var (pages, input) = await Reading.ParseAsync(
            "two.pdf", pdf.Build(), new ParsingOptions { ToolsBin = Environment.GetEnvironmentVariable("AISAAS_TOOLS_BIN"), MaxScannedPages = 1 });

        Assert.Contains("picture", pages[0].Text, StringComparison.Ordinal);
        Assert.Equal("", pages[1].Text);
        Assert.Contains("1 of 2 pages have no text", input.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_tesseract_prints_becomes_lines_of_words_in_points()
    {
        using StringReader table = new(string.Join('\n',
            "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
            "4\t1\t1\t1\t1\t0\t100\t100\t400\t50\t-1\t",
            "5\t1\t1\t1\t1\t1\t100\t110\t200\t30\t90\tGood",
            "5\t1\t1\t1\t1\t2\t350\t100\t150\t50\t50.5\tday",
            "5\t1\t1\t1\t2\t1\t100\t200\t150\t50\t95\t ",
            "5\t1\t2\t1\t1\t1\t100\t300\t150\t50\t70\tbye"));

        var read = await ScanReader.ParseAsync(table, new PdfPage(350, 700, []), TestContext.Current.CancellationToken);

        Assert.Equal(["Good day", "bye"], read.Page.Lines.Select(line => line.Text));
        Assert.Equal(new PdfBox(20, 20, 60, 30), read.Page.Lines.First().Words[0].Box);
        Assert.Equal(((0.9 * 4) + (0.505 * 3) + (0.7 * 3)) / 10, read.Confidence, 6);
    }

    /// <summary>What a scanner makes of a page.</summary>
    private static async Task<byte[]> PictureAsync(params (double X, double Y, double Size, string Text)[] lines)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, new MiniPdf().Page(lines).Build(), TestContext.Current.CancellationToken);
            string[] arguments = ["-jpeg", "-singlefile", "-scale-to-x", $"{Width}", "-scale-to-y", $"{Height}", path];
            await using var run = Reading.Tool().Start("pdftoppm", arguments, TestContext.Current.CancellationToken);
            using MemoryStream picture = new();
            await run.Output.BaseStream.CopyToAsync(picture, TestContext.Current.CancellationToken);
            return picture.ToArray();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
