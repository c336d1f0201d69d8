using System.ComponentModel.DataAnnotations;

namespace AiSaas.Ingestion.Chunking;

/// <summary>Sizes of passages, in characters. Section <c>Chunking</c>.</summary>
internal sealed class ChunkingOptions
{
    public const string Section = "Chunking";

    /// <summary>A passage is closed once it is this long.</summary>
    [Range(100, 10_000)]
    public int Target { get; init; } = 900;

    /// <summary>No passage is longer.</summary>
    [Range(150, 20_000)]
    public int Most { get; init; } = 1200;

    /// <summary>A rest shorter than this joins the passage before it, where that has room.</summary>
    [Range(0, 2_000)]
    public int Least { get; init; } = 200;
}
