using System.Globalization;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>Reads pictures of text: poppler draws a page, tesseract reads it, both out of process and under limits.</summary>
internal sealed class ScanReader(PdfTool tool, IOptions<ParsingOptions> options)
{
    // The longer side of the drawing: 300 dots an inch for A4, and a bound for posters.
    private const int Pixels = 3_500;
    private const int MostWords = 20_000;

    // Below this tesseract sees words in photographs and noise.
    private const double LeastConfidence = 0.35;

    private const string Pipeline =
        "\"$1\" -scale-to \"$3\" -gray -f \"$4\" -l \"$4\" -- \"$5\" | OMP_THREAD_LIMIT=1 \"$2\" stdin stdout -l \"$6\" --psm 3 tsv";

    // One page a core, whatever number of documents is being read.
    private static readonly SemaphoreSlim Cores = new(Environment.ProcessorCount);

    private readonly ParsingOptions _options = options.Value;

    public bool IsInstalled { get; } = tool.Find("tesseract") is not null && tool.Find("pdftoppm") is not null;

    /// <param name="path">The PDF.</param>
    /// <param name="number">The page, from 1.</param>
    /// <param name="page">Its size.</param>
    /// <param name="cancellation">Ends the programs.</param>
    /// <returns>Null where there is nothing to read, or reading it took too long.</returns>
    public async Task<ReadScan?> ReadAsync(string path, int number, PdfPage page, CancellationToken cancellation)
    {
        await Cores.WaitAsync(cancellation);
        try
        {
            await using var run = tool.Start(
                "/bin/sh",
                [
                    "-c", Pipeline, "sh", tool.Find("pdftoppm")!, tool.Find("tesseract")!, Pixels.ToString(CultureInfo.InvariantCulture),
                    number.ToString(CultureInfo.InvariantCulture), path, _options.ScanLanguages,
                ],
                _options.ScanTime,
                cancellation);
            var read = await ParseAsync(run.Output, page, run.Ends);
            await run.CheckAsync();
            return read.Confidence >= LeastConfidence ? read : null;
        }
        catch (DocumentFaultException)
        {
            // One page that can't be drawn or read is no reason to refuse the others.
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Cores.Release();
        }
    }

    // A line a word: level, page, block, paragraph, line, word, left, top, width, height, confidence (0 to 100), text.
    internal static async Task<ReadScan> ParseAsync(TextReader table, PdfPage page, CancellationToken cancellation)
    {
        double scale = Math.Max(page.Width, page.Height) / Pixels;
        List<(string Block, string Line, PdfWord Word)> words = [];
        double sure = 0, letters = 0;
        while (words.Count < MostWords && await table.ReadLineAsync(cancellation) is { } line)
        {
            string[] fields = line.Split('\t');
            if (fields is not ["5", _, var block, var paragraph, var row, _, var left, var top, var width, var height, var confidence, var text]
                || string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            double x = Number(left) * scale, y = Number(top) * scale;
            PdfBox box = new(x, y, x + (Number(width) * scale), y + (Number(height) * scale));
            words.Add(($"{block}.{paragraph}", row, new PdfWord(box, CleanText.Of(text))));
            sure += Number(confidence) / 100 * text.Length;
            letters += text.Length;
        }

        var blocks = words.GroupBy(word => word.Block).Select(block =>
        {
            PdfLine[] lines = [.. block.GroupBy(word => word.Line).Select(line => Line([.. line.Select(word => word.Word)]))];
            return new PdfBlock(Around(lines.Select(line => line.Box)), lines);
        });
        return new ReadScan(page with { Blocks = [.. blocks] }, letters > 0 ? sure / letters : 0);
    }

    // The boxes of scanned words are as high as their letters: a line's words are given the height of the line.
    private static PdfLine Line(PdfWord[] words)
    {
        var box = Around(words.Select(word => word.Box));
        return new PdfLine(box, [.. words.Select(word => word with { Box = word.Box with { Top = box.Top, Bottom = box.Bottom } })]);
    }

    private static PdfBox Around(IEnumerable<PdfBox> boxes) => boxes.Aggregate((all, one) => new PdfBox(
        Math.Min(all.Left, one.Left), Math.Min(all.Top, one.Top), Math.Max(all.Right, one.Right), Math.Max(all.Bottom, one.Bottom)));

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : 0;
}

/// <param name="Confidence">0 to 1, over all letters.</param>
internal sealed record ReadScan(PdfPage Page, double Confidence);
