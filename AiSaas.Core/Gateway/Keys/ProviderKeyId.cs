using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway.Keys;

/// <summary>A provider's key that a workspace has brought.</summary>
[JsonConverter(typeof(IdJsonConverter<ProviderKeyId>))]
public readonly record struct ProviderKeyId(Guid Value) : IId<ProviderKeyId>
{
    public static ProviderKeyId New() => new(Guid.CreateVersion7());

    public static ProviderKeyId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out ProviderKeyId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
