using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Retrieval;

/// <summary>Which words of which tenants get a list of their best passages.</summary>
public sealed class WordListOptions
{
    public const string Section = "WordLists";

    /// <summary>From so many passages in one language on. Below, a search scores what matters anyway.</summary>
    [Range(500, 10_000_000)]
    public long Passages { get; set; } = 5_000;

    /// <summary>A word in no more passages than this has none: a search scores all of them.</summary>
    [Range(100, 1_000_000)]
    public int Rare { get; set; } = 2_000;

    /// <summary>Passages of a list. Ten bytes each; a million passages have some 2,500 words with one.</summary>
    [Range(100, 100_000)]
    public int Longest { get; set; } = 10_000;

    /// <summary>For the lists of one lexicon.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromHours(1);
}
