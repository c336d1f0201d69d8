using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Webhooks;

/// <summary>One event on its way to one endpoint; its digits are the message's id.</summary>
[JsonConverter(typeof(IdJsonConverter<DeliveryId>))]
public readonly record struct DeliveryId(Guid Value) : IId<DeliveryId>
{
    public static DeliveryId New() => new(Guid.CreateVersion7());

    public static DeliveryId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out DeliveryId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
