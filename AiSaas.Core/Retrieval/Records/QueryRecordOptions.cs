using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Retrieval.Records;

/// <summary>Section <c>QueryRecords</c>: what is kept of searches.</summary>
public sealed class QueryRecordOptions
{
    public const string Section = "QueryRecords";

    /// <summary>Off keeps nothing: no questions, no hits.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How many a workspace keeps; the oldest make room.</summary>
    [Range(1, 1_000_000)]
    public int MostPerTenant { get; init; } = 10_000;

    [Range(typeof(TimeSpan), "01:00:00", "730.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long a record may wait for company before it is written.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(500);
}
