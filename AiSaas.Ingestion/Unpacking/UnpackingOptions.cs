using System.ComponentModel.DataAnnotations;

namespace AiSaas.Ingestion.Unpacking;

/// <summary>What may come out of one upload. Section <c>Unpacking</c>.</summary>
internal sealed class UnpackingOptions
{
    public const string Section = "Unpacking";

    /// <summary>Files of one upload, over all archives in it.</summary>
    [Range(1, 1_000_000)]
    public int MaxFiles { get; init; } = 20_000;

    /// <summary>Their sizes when unpacked, summed, in bytes.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>How many times its packed size a file larger than 10 MB may be. Logs reach 30, what only repeats itself 1,000.</summary>
    [Range(2, 10_000)]
    public int MaxRatio { get; init; } = 200;

    /// <summary>3: an archive in an archive in an archive.</summary>
    [Range(1, 10)]
    public int MaxDepth { get; init; } = 3;
}
