using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Webhooks;

/// <summary>Section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions : IValidatableObject
{
    public const string Section = "Webhooks";

    private static readonly TimeSpan[] ADay =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
    ];

    /// <summary>For one attempt: names, connection, answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pauses between attempts; with none left a delivery has failed. Unset: nine over 23 hours, i.e. ten attempts.</summary>
    public IReadOnlyList<TimeSpan>? RetryDelays { get; init; }

    /// <summary>How many deliveries of one endpoint are under way at once.</summary>
    [Range(1, 64)]
    public int Concurrency { get; init; } = 4;

    /// <summary>How many endpoints of one workspace are served at once: a workspace with many slow ones waits for itself.</summary>
    [Range(1, 1_000)]
    public int EndpointsPerTenant { get; init; } = 16;

    /// <summary>An endpoint that has answered nothing but failures for so long is switched off.</summary>
    public TimeSpan DisableAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>How long after a rotation the old secret signs too.</summary>
    public TimeSpan OldSecret { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long deliveries are kept, and can be replayed.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often workers look for what is due.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(500);

    internal IReadOnlyList<TimeSpan> Delays => RetryDelays ?? ADay;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Delays.Any(delay => delay < TimeSpan.Zero || delay > TimeSpan.FromDays(7)) || Delays.Count > 100)
        {
            yield return new("Webhooks:RetryDelays are up to 100 pauses of up to 7 days.");
        }

        if (Retention < TimeSpan.FromDays(1) || DisableAfter < TimeSpan.FromMinutes(1) || OldSecret < TimeSpan.Zero)
        {
            yield return new("Webhooks:Retention is at least a day, Webhooks:DisableAfter at least a minute, Webhooks:OldSecret not negative.");
        }
    }
}
