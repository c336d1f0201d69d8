using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Chat;

/// <summary>One answer being written.</summary>
[JsonConverter(typeof(IdJsonConverter<RunId>))]
public readonly record struct RunId(Guid Value) : IId<RunId>
{
    public static RunId New() => new(Guid.CreateVersion7());

    public static RunId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out RunId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
