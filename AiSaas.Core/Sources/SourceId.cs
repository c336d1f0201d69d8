using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Sources;

/// <summary>An address that documents come from.</summary>
[JsonConverter(typeof(IdJsonConverter<SourceId>))]
public readonly record struct SourceId(Guid Value) : IId<SourceId>
{
    public static SourceId New() => new(Guid.CreateVersion7());

    public static SourceId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out SourceId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
