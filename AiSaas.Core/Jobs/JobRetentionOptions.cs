using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Jobs;

/// <summary>Section <c>Jobs:Retention</c>: how long jobs are kept once they have ended.</summary>
public sealed class JobRetentionOptions : IValidatableObject
{
    public const string Section = "Jobs:Retention";

    /// <summary>Succeeded, failed and canceled ones.</summary>
    public TimeSpan Settled { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Dead ones: somebody should look at them.</summary>
    public TimeSpan Dead { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How often a worker looks.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromHours(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Settled < TimeSpan.FromMinutes(1) || Dead < Settled)
        {
            yield return new("Jobs:Retention:Settled is at least a minute, and Jobs:Retention:Dead no shorter than that.");
        }

        if (Interval < TimeSpan.FromSeconds(1) || Interval > TimeSpan.FromDays(1))
        {
            yield return new("Jobs:Retention:Interval is a second to a day.");
        }
    }
}
