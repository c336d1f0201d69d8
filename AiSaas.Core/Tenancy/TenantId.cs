using System.Text.Json.Serialization;

namespace AiSaas.Core.Tenancy;

/// <summary>A workspace: everything that belongs to it carries this id.</summary>
[JsonConverter(typeof(IdJsonConverter<TenantId>))]
public readonly record struct TenantId(Guid Value) : IId<TenantId>
{
    public static TenantId New() => new(Guid.CreateVersion7());

    public static TenantId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out TenantId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
