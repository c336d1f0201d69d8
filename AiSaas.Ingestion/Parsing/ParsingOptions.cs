using System.ComponentModel.DataAnnotations;

namespace AiSaas.Ingestion.Parsing;

/// <summary>Limits on what a document may cost to read. Section <c>Parsing</c>.</summary>
internal sealed class ParsingOptions
{
    public const string Section = "Parsing";

    /// <summary>Folder of pdfinfo, pdftotext, pdftoppm, pdftohtml (the outline) and tesseract; null looks on the PATH.</summary>
    public string? ToolsBin { get; set; }

    /// <summary>Address space of an external parser, in bytes.</summary>
    [Range(64L << 20, 64L << 30)]
    public long ToolMemoryBytes { get; init; } = 2L << 30;

    /// <summary>Wall time of an external parser for one document.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "06:00:00")]
    public TimeSpan ToolTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>What an external parser may print, in bytes. A page of text with boxes is about 50 KB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long ToolOutputBytes { get; init; } = 4L << 30;

    /// <summary>In which languages scans are read, as tesseract names them: <c>eng</c>, <c>eng+deu</c>. Each needs its data installed.</summary>
    [RegularExpression("[A-Za-z_]+([+][A-Za-z_]+)*")]
    public string ScanLanguages { get; init; } = "eng";

    /// <summary>Scanned pages of one document that are read; the rest stay without text and are named. 0 reads none.</summary>
    [Range(0, 100_000)]
    public int MaxScannedPages { get; init; } = 2_000;

    /// <summary>Time for one scanned page; a usual one takes two seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ScanTime { get; init; } = TimeSpan.FromSeconds(60);

    [Range(1, 1_000_000)]
    public int MaxPages { get; init; } = 20_000;

    /// <summary>Characters of one document over all its pages. A gigabyte of English text has a billion of them, on 360,000 pages.</summary>
    [Range(1, 4_000_000_000)]
    public long MaxCharacters { get; init; } = 1_200_000_000;

    /// <summary>What a compressed format may unpack to, in bytes.</summary>
    [Range(1 << 20, 1L << 40)]
    public long MaxUnpackedBytes { get; init; } = 256L << 20;

    /// <summary>How many times its packed size an entry larger than 10 MB may be. Real documents stay under 50.</summary>
    [Range(2, 10_000)]
    public int MaxUnpackRatio { get; init; } = 120;

    /// <summary>Formats that need the whole tree in memory (HTML), in bytes.</summary>
    [Range(1 << 10, 1L << 30)]
    public long MaxTreeBytes { get; init; } = 24L << 20;
}
