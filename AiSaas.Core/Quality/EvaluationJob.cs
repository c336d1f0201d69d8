using System.Text.Json.Serialization;

namespace AiSaas.Core.Quality;

/// <summary>The payload of an <c>evaluation</c> job.</summary>
/// <param name="Baseline">The run with the applied settings that is measured beside a draft's.</param>
public sealed record EvaluationJob(EvaluationId Run, EvaluationId? Baseline);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(EvaluationJob))]
public sealed partial class EvaluationJobJson : JsonSerializerContext;
