using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>A document.</summary>
[JsonConverter(typeof(IdJsonConverter<DocumentId>))]
public readonly record struct DocumentId(Guid Value) : IId<DocumentId>
{
    public static DocumentId New() => new(Guid.CreateVersion7());

    public static DocumentId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out DocumentId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
