using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Retrieval;

/// <summary>When a tenant's vectors get an approximate index of their own, and how it is built.</summary>
public sealed class VectorIndexOptions
{
    public const string Section = "VectorIndexes";

    /// <summary>From so many vectors of one space on. Below, comparing with all of them is as fast and finds everything.</summary>
    [Range(1_000, 10_000_000)]
    public int Threshold { get; set; } = 30_000;

    /// <summary>Links of a vector on each layer. More: better recall, larger, slower to build.</summary>
    [Range(4, 64)]
    public int Links { get; set; } = 12;

    /// <summary>How many neighbours are looked at for each vector while building.</summary>
    [Range(16, 400)]
    public int BuildWidth { get; set; } = 48;

    /// <summary>Memory that a build may take. What doesn't fit is built several times slower.</summary>
    [Range(64, 65_536)]
    public int MemoryMb { get; set; } = 2_048;

    public TimeSpan BuildTimeout { get; set; } = TimeSpan.FromHours(6);

    /// <summary>How often sizes are looked at.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);
}
