using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Retrieval.Planning;

/// <summary>How questions become what is searched for. Section <c>Retrieval:Planning</c>.</summary>
public sealed class PlanningOptions
{
    public const string Section = "Retrieval:Planning";

    /// <summary>Whether a chat model makes follow-ups stand by themselves. The local answerer can't; then a rule carries the previous question's words.</summary>
    public bool Rewrite { get; set; } = true;

    /// <summary>Phrasings that are searched together; more than 1 asks the model for each first question of a conversation as well.</summary>
    [Range(1, 5)]
    public int Phrasings { get; set; } = 1;

    /// <summary>The chat model; unset takes the question's own, or the default.</summary>
    public string? Model { get; set; }

    /// <summary>After which the question is searched as it is.</summary>
    [Range(0.05, 30.0)]
    public double DeadlineSeconds { get; set; } = 1.5;
}
