using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Quality;

/// <summary>A golden question.</summary>
[JsonConverter(typeof(IdJsonConverter<GoldenQuestionId>))]
public readonly record struct GoldenQuestionId(Guid Value) : IId<GoldenQuestionId>
{
    public static GoldenQuestionId New() => new(Guid.CreateVersion7());

    public static GoldenQuestionId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out GoldenQuestionId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}

/// <summary>A run over golden questions.</summary>
[JsonConverter(typeof(IdJsonConverter<EvaluationId>))]
public readonly record struct EvaluationId(Guid Value) : IId<EvaluationId>
{
    public static EvaluationId New() => new(Guid.CreateVersion7());

    public static EvaluationId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out EvaluationId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
