using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Batches;

/// <summary>Section <c>Batch</c>.</summary>
public sealed class BatchOptions
{
    public const string Section = "Batch";

    [Range(1, 1_000_000)]
    public int MaxItems { get; init; } = 100_000;

    /// <summary>Of a whole batch as it is sent, and of a file for one.</summary>
    [Range(1, 2L << 30)]
    public long MaxBytes { get; init; } = 200L << 20;

    /// <summary>Of one item, pictures inline included.</summary>
    [Range(1, 64 << 20)]
    public int MaxItemBytes { get; init; } = 8 << 20;

    /// <summary>Of one answer; what is larger fails its item.</summary>
    [Range(1, 64 << 20)]
    public int MaxAnswerBytes { get; init; } = 8 << 20;

    /// <summary>How many batches a workspace may have waiting and under way.</summary>
    [Range(1, 100_000)]
    public int MaxOpen { get; init; } = 200;

    /// <summary>How many files a workspace may keep.</summary>
    [Range(1, 1_000_000)]
    public int MaxFiles { get; init; } = 1_000;

    /// <summary>How many large uploads a replica checks at once: each takes room on its disk.</summary>
    [Range(1, 1_000)]
    public int MaxUploads { get; init; } = 16;

    /// <summary>What a worker takes at once.</summary>
    [Range(1, 10_000)]
    public int ItemsPerPart { get; init; } = 100;

    /// <summary>A part ends early when its requests come to this many bytes.</summary>
    [Range(1, 64 << 20)]
    public int BytesPerPart { get; init; } = 4 << 20;

    /// <summary>How many calls a part makes at once.</summary>
    [Range(1, 1_000)]
    public int Parallelism { get; init; } = 8;

    /// <summary>How often an item is tried while the fault is the provider's: over about a minute.</summary>
    [Range(1, 20)]
    public int ItemTries { get; init; } = 6;

    /// <summary>How often an item is tried while a budget has too little left: calls under way may give some back.</summary>
    [Range(1, 20)]
    public int BudgetTries { get; init; } = 3;

    /// <summary>How long a batch and its results are kept, and its files.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(30);
}
