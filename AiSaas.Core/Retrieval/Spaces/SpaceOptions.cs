using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>How embedding spaces are changed. Section <c>Retrieval:Spaces</c>.</summary>
public sealed class SpaceOptions
{
    public const string Section = "Retrieval:Spaces";

    /// <summary>How long the old vectors are kept after a switch, for going back at once.</summary>
    [Range(0.0, 8760.0)]
    public double KeepHours { get; set; } = 24;

    /// <summary>How often workers look for workspaces whose space is not that of their model.</summary>
    [Range(0.1, 86_400.0)]
    public double CheckSeconds { get; set; } = 30;

    /// <summary>Passages of one part of a switch: the unit that is shown, retried and handed to workers.</summary>
    [Range(1, 100_000)]
    public int PassagesPerPart { get; set; } = 2_000;

    /// <summary>Passages that are embedded and written at once.</summary>
    [Range(1, 1_000)]
    public int Batch { get; set; } = 64;

    /// <summary>Pause of a part between batches, so that other work of the provider's account goes on.</summary>
    [Range(0.0, 60_000.0)]
    public double PauseMilliseconds { get; set; }

    /// <summary>Whether workers change spaces by themselves when the configured model is another one. Off, an admin's command does.</summary>
    public bool Automatic { get; set; } = true;
}
