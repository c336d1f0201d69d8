using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway;

/// <summary>One call of a model through the gateway, all attempts included. The ledger's key.</summary>
[JsonConverter(typeof(IdJsonConverter<CallId>))]
public readonly record struct CallId(Guid Value) : IId<CallId>
{
    public static CallId New() => new(Guid.CreateVersion7());

    public static CallId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out CallId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
