using System.ComponentModel.DataAnnotations;

namespace AiSaas.Ingestion.Documents;

/// <summary>How documents are worked through. Section <c>Ingestion</c>.</summary>
internal sealed class IngestionOptions
{
    public const string Section = "Ingestion";

    /// <summary>Where originals are put while they are parsed; null takes the system's temporary folder.</summary>
    public string? ScratchFolder { get; init; }

    /// <summary>Passages that are embedded with one call, and written at once.</summary>
    [Range(1, 1000)]
    public int EmbeddingBatch { get; init; } = 64;

    /// <summary>Calls to a provider's embedder that one document has under way at once. The local embedder uses every core by itself.</summary>
    [Range(1, 64)]
    public int EmbeddingCalls { get; init; } = 4;

    /// <summary>Takes pages, passages and vectors from a document of the workspace that has the same bytes and was read in the same way.</summary>
    public bool ReuseReadings { get; init; } = true;

    /// <summary>Takes the vector of a text that the workspace has embedded before from <c>embedding_cache</c>, and keeps it there.</summary>
    public bool ReuseEmbeddings { get; init; } = true;

    /// <summary>Vectors that are kept for a workspace; those of the oldest documents go first. A vector of the local embedder takes 1.2 KB.</summary>
    [Range(0, 100_000_000)]
    public long KeptEmbeddings { get; init; } = 500_000;

    /// <summary>How long a vector is kept, counted from the day its document came.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeepEmbeddings { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How often a worker looks for what is to go from the cache.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan CacheSweep { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A document of more passages becomes findable by its words before its vectors are made.</summary>
    /// <remarks>3,000 passages are about 700 pages, a minute's work of the local embedder.</remarks>
    [Range(0, int.MaxValue)]
    public int EmbedBeforeReady { get; init; } = 3000;

    /// <summary>How long the vectors of a document that is found already are made before the documents that wait have their turn.</summary>
    /// <remarks>A worker reads two at once: without turns, two books of a gigabyte would hold up everybody's notes for a day.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Turn { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A document of more passages is indexed by transactions of so many, before search sees any of them.</summary>
    /// <remarks>The workspace's other documents wait for one of these at the most: about a second.</remarks>
    [Range(1, 100_000)]
    public int IndexSlice { get; init; } = 2000;

    /// <summary>Up to so many where a document has enough passages for eight slices.</summary>
    [Range(1, 100_000)]
    public int LongestIndexSlice { get; init; } = 8000;

    /// <summary>Slices of one document that are indexed at once.</summary>
    [Range(1, 16)]
    public int IndexSlices { get; init; } = 2;

    /// <summary>Passages of one document. A gigabyte of text has about 1.2 million.</summary>
    [Range(1, 10_000_000)]
    public int MaxChunks { get; init; } = 2_000_000;
}
