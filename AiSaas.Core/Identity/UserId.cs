using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Identity;

/// <summary>A person.</summary>
[JsonConverter(typeof(IdJsonConverter<UserId>))]
public readonly record struct UserId(Guid Value) : IId<UserId>
{
    public static UserId New() => new(Guid.CreateVersion7());

    public static UserId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out UserId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
