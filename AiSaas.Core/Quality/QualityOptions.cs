using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Quality;

/// <summary>Section <c>Quality</c>: golden questions, evaluations and the gate.</summary>
public sealed class QualityOptions
{
    public const string Section = "Quality";

    /// <summary>By how much a figure of a draft may be worse than the baseline's before the gate refuses.</summary>
    [Range(0, 1)]
    public double Tolerance { get; init; } = 0.01;

    /// <summary>How old an evaluation may be that the gate goes by: documents change.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan EvaluationValidFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many questions of one evaluation a model that costs money answers.</summary>
    [Range(0, 1_000)]
    public int MostModelAnswers { get; init; } = 200;

    /// <summary>For one answer of an evaluation.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan AnswerDeadline { get; init; } = TimeSpan.FromSeconds(60);
}
