using System.ComponentModel.DataAnnotations;

namespace AiSaas.Ingestion.Chunking;

/// <summary>Sizes of passages, in tokens as <see cref="Llm.Text.TokenEstimate"/> counts them: four English letters, one Chinese character. Section <c>Chunking</c>.</summary>
internal sealed class ChunkingOptions
{
    public const string Section = "Chunking";

    /// <summary>A passage is closed once it is this long.</summary>
    [Range(25, 2_500)]
    public int Target { get; init; } = 225;

    /// <summary>No passage is longer.</summary>
    [Range(40, 5_000)]
    public int Most { get; init; } = 300;

    /// <summary>A rest shorter than this joins the passage before it, where that has room.</summary>
    [Range(0, 500)]
    public int Least { get; init; } = 50;

    /// <summary>So much a run of neighbouring passages has at most, which a model reads together: more than a page of 3,000 characters, or
    /// runs would end where such pages do.</summary>
    [Range(40, 20_000)]
    public int Parent { get; init; } = 1_000;
}
