using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Identity;

/// <summary>A program's key.</summary>
[JsonConverter(typeof(IdJsonConverter<ApiKeyId>))]
public readonly record struct ApiKeyId(Guid Value) : IId<ApiKeyId>
{
    public static ApiKeyId New() => new(Guid.CreateVersion7());

    public static ApiKeyId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out ApiKeyId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
