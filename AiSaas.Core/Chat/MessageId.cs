using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Chat;

/// <summary>A message of a conversation.</summary>
[JsonConverter(typeof(IdJsonConverter<MessageId>))]
public readonly record struct MessageId(Guid Value) : IId<MessageId>
{
    public static MessageId New() => new(Guid.CreateVersion7());

    public static MessageId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out MessageId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
