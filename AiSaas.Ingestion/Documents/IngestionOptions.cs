using System.ComponentModel.DataAnnotations;

namespace AiSaas.Ingestion.Documents;

/// <summary>How documents are worked through. Section <c>Ingestion</c>.</summary>
internal sealed class IngestionOptions
{
    public const string Section = "Ingestion";

    /// <summary>Where originals are put while they are parsed; null takes the system's temporary folder.</summary>
    public string? ScratchFolder { get; init; }

    /// <summary>Passages that are embedded and written at once.</summary>
    [Range(1, 1000)]
    public int EmbeddingBatch { get; init; } = 64;

    /// <summary>A document of more passages becomes findable by its words before its vectors are made.</summary>
    /// <remarks>3,000 passages are about 700 pages, a minute's work of the local embedder.</remarks>
    [Range(0, int.MaxValue)]
    public int EmbedBeforeReady { get; init; } = 3000;

    /// <summary>Passages of one document.</summary>
    [Range(1, 10_000_000)]
    public int MaxChunks { get; init; } = 500_000;
}
