using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Chat;

/// <summary>A conversation of one user.</summary>
[JsonConverter(typeof(IdJsonConverter<ConversationId>))]
public readonly record struct ConversationId(Guid Value) : IId<ConversationId>
{
    public static ConversationId New() => new(Guid.CreateVersion7());

    public static ConversationId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out ConversationId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
