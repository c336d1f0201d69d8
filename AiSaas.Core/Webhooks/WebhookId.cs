using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Webhooks;

/// <summary>Where a workspace is told of its events.</summary>
[JsonConverter(typeof(IdJsonConverter<WebhookId>))]
public readonly record struct WebhookId(Guid Value) : IId<WebhookId>
{
    public static WebhookId New() => new(Guid.CreateVersion7());

    public static WebhookId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out WebhookId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
